# Completion of mmapctl for fish: asks mmapctl itself, so that values, tags and processes are those there are.
function __mmapctl_complete
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l lines (MMAPCTL_COMPLETE=fish command $before[1] -- $before "$current" 2>/dev/null)
    switch "$lines[1]"
        case :files
            set -l option (string match --regex -- '^--[^=]*=' "$current")
            set -l path (string replace --regex -- '^--[^=]*=' '' "$current")
            for found in (__fish_complete_path "$path")
                echo -- "$option$found"
            end
        case :command
            set -l at (contains --index -- -- $before)
            complete --do-complete (string join ' ' -- (string escape -- $before[(math $at + 1)..]) "$current")
        case '*'
            printf '%s\n' $lines
    end
end
complete --command mmapctl --no-files --keep-order --arguments '(__mmapctl_complete)'
