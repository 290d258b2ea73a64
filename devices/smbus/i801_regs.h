/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the SMBus host controller, behind BAR 4 (I/O) and BAR 0 (memory), and in configuration
 * space: 200 series PCH data sheet vol. 2, SMBus interface (D31:F4). Names as in Linux' i2c-i801. */
#pragma once

#define I801_BAR_BYTES 32u

/* Configuration space */
#define I801_HSTCFG            0x40u
#define I801_HSTCFG_HST_EN     0x01u
#define I801_HSTCFG_SMB_SMI_EN 0x02u
#define I801_HSTCFG_I2C_EN     0x04u
#define I801_HSTCFG_SSRESET    0x08u
#define I801_HSTCFG_SPD_WD     0x10u

/* Host status */
#define I801_HSTSTS           0x00u
#define I801_HSTSTS_HOST_BUSY 0x01u
#define I801_HSTSTS_INTR      0x02u
#define I801_HSTSTS_DEV_ERR   0x04u
#define I801_HSTSTS_BUS_ERR   0x08u
#define I801_HSTSTS_FAILED    0x10u
#define I801_HSTSTS_SMBALERT  0x20u
#define I801_HSTSTS_INUSE_STS 0x40u
#define I801_HSTSTS_BYTE_DONE 0x80u

/* Host control */
#define I801_HSTCNT           0x02u
#define I801_HSTCNT_INTREN    0x01u
#define I801_HSTCNT_KILL      0x02u
#define I801_HSTCNT_CMD       0x1cu
#define I801_HSTCNT_LAST_BYTE 0x20u
#define I801_HSTCNT_START     0x40u
#define I801_HSTCNT_PEC_EN    0x80u

/* I801_HSTCNT_CMD */
#define I801_QUICK           0x00u
#define I801_BYTE            0x04u
#define I801_BYTE_DATA       0x08u
#define I801_WORD_DATA       0x0cu
#define I801_PROC_CALL       0x10u
#define I801_BLOCK_DATA      0x14u
#define I801_I2C_BLOCK_DATA  0x18u
#define I801_BLOCK_PROC_CALL 0x1cu

#define I801_HSTCMD  0x03u
#define I801_HSTADD  0x04u /* 7:1 address, 0 read */
#define I801_HSTDAT0 0x05u
#define I801_HSTDAT1 0x06u
#define I801_BLKDAT  0x07u
#define I801_PEC     0x08u
#define I801_RCV_SLV 0x09u /* receive slave address */
#define I801_SLVDAT0 0x0au
#define I801_SLVDAT1 0x0bu

#define I801_AUXSTS      0x0cu
#define I801_AUXSTS_CRCE 0x01u
#define I801_AUXCTL      0x0du
#define I801_AUXCTL_CRC  0x01u
#define I801_AUXCTL_E32B 0x02u

#define I801_SMLINK_PIN   0x0eu
#define I801_SMBUS_PIN    0x0fu
#define I801_PIN_CLK_CUR  0x01u
#define I801_PIN_DATA_CUR 0x02u
#define I801_PIN_CLK_CTL  0x04u

#define I801_SLVSTS  0x10u
#define I801_SLVCMD  0x11u
#define I801_NTFDADD 0x14u
#define I801_NTFDDAT 0x16u

#define I801_BLOCK_MAX 32u
