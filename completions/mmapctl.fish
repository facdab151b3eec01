# Completion of mmapctl for fish: runs mmapctl, which offers the current values, tags and processes.
function __mmapctl_ask
    set -l current
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l typed (commandline --current-token --cut-at-cursor)
    # Close open quotes; otherwise they would not be removed.
    for close in '' \' '"'
        set current (string unescape -- "$typed$close") && break
    end
    MMAPCTL_COMPLETE=fish command $words[1] -- $words "$current" 2>/dev/null
end
function __mmapctl_complete
    set -l lines (__mmapctl_ask)
    switch "$lines[1]"
        case values
            printf '%s\n' $lines[2..]
        case command
            set -l words (commandline --current-process --tokenize --cut-at-cursor)
            set -l current (commandline --current-token --cut-at-cursor)
            set -l at (contains --index -- -- $words)
            complete --do-complete (string join ' ' -- (string escape -- $words[(math $at + 1)..]) "$current")
    end
end
function __mmapctl_takes_path
    test "$(__mmapctl_ask | head -n 1)" = files
end
complete --command mmapctl --no-files --keep-order --arguments '(__mmapctl_complete)'
complete --command mmapctl --condition __mmapctl_takes_path --force-files
