# SPDX-License-Identifier: GPL-2.0-only
set(sources_faults cmd_faults.c faults_campaign.c faults_class.c faults_json.c faults_machine.c faults_options.c faults_output.c faults_pool.c faults_report.c faults_run.c
    faults_schema.c faults_suite.c)
