# Completion of mmapctl for bash: asks mmapctl itself, so that values, tags and processes are those there are.
_mmapctl() {
    local IFS=$'\n' current=$2 word last=-1 joined=false words=() reply
    # Bash takes `=` for a word of its own: --option=value is put together again.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD}" "$current"; do
        if [[ $last -ge 0 && $word == = && ${words[last]} == --* ]]; then
            words[last]+='='
            joined=true
        elif $joined; then
            words[last]+=$word
            joined=false
        else
            words+=("$word")
            last=$((last + 1))
        fi
    done
    [[ $current == = ]] && current=
    reply=$(MMAPCTL_COMPLETE=bash command "${COMP_WORDS[0]}" -- "${words[@]}" 2>/dev/null) || return
    COMPREPLY=()
    if [[ $reply == :command && ${words[last - 1]} == -- ]]; then
        COMPREPLY=($(compgen -c -- "$current" | sort -u))
    elif [[ $reply == :command || $reply == :files ]]; then
        compopt -o default -o filenames 2>/dev/null || COMPREPLY=($(compgen -f -- "$current"))
    else
        COMPREPLY=($reply)
    fi
}
complete -F _mmapctl mmapctl
