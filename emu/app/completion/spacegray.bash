# SPDX-License-Identifier: GPL-2.0-only
#
# Completion for bash: source this file, or install it as
# share/bash-completion/completions/spacegray. tests/unit/app/program_test checks the options.

_spacegray_files() {
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$1"))
}

# What may follow `spacegray disk`: an action, then its options, directories and images.
_spacegray_disk() {
    local current=$1
    local options

    if [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W "$disk_actions --help" -- "$current"))
        return
    fi
    case ${COMP_WORDS[2]} in
    create) options="--size $secret_options --secure-boot $ticket_options" ;;
    info) options="--passphrase-file --json" ;;
    verify) options="--passphrase-file" ;;
    import) options="$secret_options" ;;
    export) options="$secret_options --force" ;;
    rekey) options="$secret_options --new-password-file --no-password --new-passphrase-file --no-passphrase" ;;
    wipe) options="--yes --passphrase-file" ;;
    pair) options="--size --yes --passphrase-file" ;;
    secure-boot) options="--ticket $ticket_options --passphrase-file" ;;
    esac
    case $current in
    -*) COMPREPLY=($(compgen -W "$options --help" -- "$current")) ;;
    *)
        _spacegray_files "$current"
        if [ "${COMP_WORDS[2]}" = secure-boot ]; then
            COMPREPLY+=($(compgen -W "none medium full" -- "$current"))
        fi
        ;;
    esac
}

# What may follow `spacegray faults`: an action, then its options and a suite.
_spacegray_faults() {
    local current=$1
    local options

    if [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W "run list check --help" -- "$current"))
        return
    fi
    case ${COMP_WORDS[2]} in
    run) options="--runs --workers --seed --only --json --keep --host-limit" ;;
    list) options="--runs --seed --only" ;;
    esac
    case $current in
    -*) COMPREPLY=($(compgen -W "$options --help" -- "$current")) ;;
    *) _spacegray_files "$current" ;;
    esac
}

# What may follow `spacegray trace`: an action, then its options and traces.
_spacegray_trace() {
    local current=$1
    local options
    local range="--filter --from --to"

    if [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W "list show stats grep diff why export --help" -- "$current"))
        return
    fi
    case ${COMP_WORDS[2]} in
    list) options="$range --count --json" ;;
    stats) options="$range --count" ;;
    grep) options="$range --ignore-case --invert-match --count --max-count --before-context --after-context --context" ;;
    diff) options="--context --after-context --ignore" ;;
    export) options="--perfetto --vcd --json --ctf --filter --force" ;;
    esac
    case $current in
    -*) COMPREPLY=($(compgen -W "$options --help" -- "$current")) ;;
    *) _spacegray_files "$current" ;;
    esac
}

_spacegray() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]}
    local channels="stdio stdout stderr file: pty unix: none"
    local run_options="--kernel --initrd --append --image --module --rom --secure-boot
        --rom-signature --rom-key --memory --dimms --ecc --flat-memory --machine --cores --serial
        --debug-console --headless --no-window --scale --full-screen --screenshot --screenshot-every
        --frame-log --type --input --until --no-reboot --pace --rtc-base --hash --trace-tail
        --code-buffer --disk --disk-writes --cache --password-file --passphrase-file --t2-strict
        --fidelity --power-cut --fault --fault-campaign --scrub --patrol-period --page-policy --control --trace --trace-filter --record --snapshot --from --gdb --debug --test-device --help"
    local machine_options="--memory --dimms --ecc --machine --cores --validate --help"
    local disk_actions="create info verify import export rekey wipe pair secure-boot"
    local secret_options="--password-file --passphrase-file"
    local ticket_options="--key --rom --rom-key"
    local firmware_options="--key --public --signature --ecid --nonce --help"

    local test_options="--jobs --filter --tag --shard --repeat --until-fail --seed --list --set --update-golden --tap --junit --json --capsules --capsules-max --no-capsules --coverage --host-limit --host-memory --executor --verbose --quiet --help"

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "run debug test machine disk faults trace snapshot firmware help version --help --version" -- "$current"))
        return
    fi
    case $previous in
    --kernel | --initrd | --image | --record | --symbols | --snapshot | --module | --machine | --validate | --rom | --rom-signature | --rom-key | --key | --public | --signature | --ticket | --screenshot | --frame-log | --input | --disk | --password-file | --passphrase-file | --new-password-file | --new-passphrase-file | --keep | --trace | --perfetto | --vcd | --ctf)
        _spacegray_files "$current" ;;
    --tap | --junit | --json) [ "$command" = test ] && _spacegray_files "$current" ;;
    --capsules | --coverage) _spacegray_files "$current" ;;
    --shard) COMPREPLY=($(compgen -W "1/2 2/2" -- "$current")) ;;
    --executor) COMPREPLY=($(compgen -W "local slurm" -- "$current")) ;;
    --serial | --debug-console) COMPREPLY=($(compgen -W "$channels" -- "$current")) ;;
    --scale) COMPREPLY=($(compgen -W "fit 1:1 50 200" -- "$current")) ;;
    --secure-boot) COMPREPLY=($(compgen -W "none medium full" -- "$current")) ;;
    --disk-writes) COMPREPLY=($(compgen -W "keep discard" -- "$current")) ;;
    --cache) COMPREPLY=($(compgen -W "writeback none unsafe" -- "$current")) ;;
    --t2-strict) COMPREPLY=($(compgen -W "fatal warn panic" -- "$current")) ;;
    --fidelity) COMPREPLY=($(compgen -W "approximate functional" -- "$current")) ;;
    --pace) COMPREPLY=($(compgen -W "real free" -- "$current")) ;;
    --ecc) COMPREPLY=($(compgen -W "on off" -- "$current")) ;;
    --syntax) COMPREPLY=($(compgen -W "att intel" -- "$current")) ;;
    --ignore) COMPREPLY=($(compgen -W "time pc time,pc" -- "$current")) ;;
    --page-policy) COMPREPLY=($(compgen -W "open closed" -- "$current")) ;;
    --scrub) COMPREPLY=($(compgen -W "demand patrol all off" -- "$current")) ;;
    --size) COMPREPLY=($(compgen -W "64G 256G 1T" -- "$current")) ;;
    --memory) COMPREPLY=($(compgen -W "512M 4G 32G" -- "$current")) ;;
    --append | --cores | --gdb | --command | --slide | --budget | --at | --dimms | --fault | --fault-campaign | --patrol-period | --screenshot-every | --type | --until | --rtc-base | --trace-tail | --code-buffer | --power-cut | --ecid | --nonce | --runs | --workers | --seed | --only | --host-limit | --trace-filter | --filter | --from | --to | --count | --max-count | --before-context | --after-context | --context | --jobs | --tag | --repeat | --set | --capsules-max | --host-memory) ;;
    *)
        case $command in
        run) COMPREPLY=($(compgen -W "$run_options" -- "$current")) ;;
        machine) COMPREPLY=($(compgen -W "show $machine_options" -- "$current")) ;;
        firmware) COMPREPLY=($(compgen -W "keygen sign verify $firmware_options" -- "$current")) ;;
        disk) _spacegray_disk "$current" ;;
        faults) _spacegray_faults "$current" ;;
        test) case $current in
            -*) COMPREPLY=($(compgen -W "$test_options" -- "$current")) ;;
            *) _spacegray_files "$current" ;;
            esac ;;
        trace) _spacegray_trace "$current" ;;
        debug) case $current in
            -*) COMPREPLY=($(compgen -W "--command --gdb --control --symbols --slide --syntax --password-file --budget --plain --help" -- "$current")) ;;
            *) _spacegray_files "$current" ;;
            esac ;;
        snapshot) case $COMP_CWORD in
            2) COMPREPLY=($(compgen -W "save info verify --help" -- "$current")) ;;
            *) case $current in
                -*) COMPREPLY=($(compgen -W "--at --disk --passphrase-file --help" -- "$current")) ;;
                *) _spacegray_files "$current" ;;
                esac ;;
            esac ;;
        help) COMPREPLY=($(compgen -W "run debug test machine disk faults trace snapshot firmware help version" -- "$current")) ;;
        esac
        ;;
    esac
}

complete -F _spacegray spacegray
