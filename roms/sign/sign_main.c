/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: firmware-sign KEY IMAGE PUBLIC SIGNATURE
 *
 * Runs while the emulator is built: signs the built-in firmware. KEY is the development key of this
 * build folder; it is made, readable by its owner alone, when it is not there. PUBLIC and SIGNATURE
 * get the bare bytes that roms.S takes in. docs/hardware/t2-boot.md says what such a key is worth.
 */
#define _GNU_SOURCE /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/apple/t2_boot.h"
#include "emu/crypto/signature_file.h"

#define IMAGE_MAX (1u << 20)

static int fail(const char *path, const char *what)
{
    (void)fprintf(stderr, "firmware-sign: %s: %s\n", path, what);
    return -1;
}

/* Reads at most `room` bytes; -1 when there are more, or with errno set. */
static ssize_t read_all(const char *path, uint8_t *data, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t bytes = 0;
    ssize_t got = 1;

    if (fd < 0) return -1;
    while (got > 0 && bytes < room) {
        got = read(fd, data + bytes, room - bytes);
        bytes += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    return got < 0 ? -1 : (ssize_t)bytes;
}

static int write_all(const char *path, int flags, mode_t mode, const uint8_t *data, size_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
    bool good;

    if (fd < 0) return -1;
    good = write(fd, data, bytes) == (ssize_t)bytes;
    return close(fd) == 0 && good ? 0 : -1;
}

static int make_key(const char *path)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES];
    uint8_t file[SIGNATURE_FILE_MAX];
    size_t bytes;
    int result;

    if (key_random(secret, sizeof(secret)) != 0) return fail(path, "the host has no random bytes");
    bytes = signature_file_put(SIGNATURE_FILE_SECRET, secret, file);
    result = write_all(path, O_EXCL, S_IRUSR | S_IWUSR, file, bytes);
    key_wipe(secret, sizeof(secret));
    key_wipe(file, sizeof(file));
    return result == 0 ? 0 : fail(path, "cannot be written");
}

static int load_key(const char *path, uint8_t secret[SIGNATURE_SECRET_BYTES])
{
    uint8_t file[SIGNATURE_FILE_MAX + 1];
    const uint8_t *payload = NULL;
    ssize_t bytes;

    if (access(path, F_OK) != 0 && make_key(path) != 0) return -1;
    bytes = read_all(path, file, sizeof(file));
    if (bytes >= 0) {
        payload = signature_file_get(SIGNATURE_FILE_SECRET, file, (size_t)bytes);
    }
    if (payload != NULL) {
        memcpy(secret, payload, SIGNATURE_SECRET_BYTES);
    }
    key_wipe(file, sizeof(file));
    return payload != NULL ? 0 : fail(path, "is no secret key: remove it, and a new one is made");
}

static int sign_image(const char *path, const uint8_t secret[SIGNATURE_SECRET_BYTES],
                      uint8_t signature[SIGNATURE_BYTES])
{
    uint8_t *image = malloc(IMAGE_MAX);
    struct t2_boot_statement statement;
    ssize_t bytes = image != NULL ? read_all(path, image, IMAGE_MAX) : -1;
    bool good = bytes > 0 && t2_boot_image_statement(image, (size_t)bytes, &statement) == 0 &&
                signature_sign(secret, statement.bytes, statement.count, signature) == 0;

    free(image);
    return good ? 0 : fail(path, "cannot be signed");
}

int main(int argc, char **argv)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES];
    uint8_t public_key[SIGNATURE_PUBLIC_BYTES];
    uint8_t signature[SIGNATURE_BYTES];
    int result;

    if (argc != 5) {
        (void)fprintf(stderr, "usage: firmware-sign KEY IMAGE PUBLIC SIGNATURE\n");
        return 2;
    }
    if (load_key(argv[1], secret) != 0) return 1;
    result = sign_image(argv[2], secret, signature);
    if (result == 0) {
        result = signature_public(secret, public_key);
    }
    key_wipe(secret, sizeof(secret));
    if (result != 0) return 1;
    if (write_all(argv[3], O_TRUNC, 0666, public_key, sizeof(public_key)) != 0)
        return fail(argv[3], strerror(errno)) != 0;
    if (write_all(argv[4], O_TRUNC, 0666, signature, sizeof(signature)) != 0)
        return fail(argv[4], strerror(errno)) != 0;
    return 0;
}
