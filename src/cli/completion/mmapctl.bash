# Completion of mmapctl for bash: asks mmapctl itself, so that values, tags and processes are those there are.
_mmapctl() {
    local IFS=$'\n' current=$2 word joined=false words=() reply
    # Bash takes `=` for a word of its own: --option=value is put together again.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD}" "$current"; do
        if [[ $word == = && ${words[-1]-} == --* ]]; then
            words[-1]+='='
            joined=true
        elif $joined; then
            words[-1]+=$word
            joined=false
        else
            words+=("$word")
        fi
    done
    [[ $current == = ]] && current=
    reply=$(MMAPCTL_COMPLETE=bash "${COMP_WORDS[0]}" -- "${words[@]}" 2>/dev/null) || return
    case $reply in
        :files)
            COMPREPLY=()
            compopt -o default -o filenames 2>/dev/null
            ;;
        :command)
            if [[ ${words[-2]} == -- ]]; then
                COMPREPLY=($(compgen -c -- "$current"))
            else
                COMPREPLY=()
                compopt -o default -o filenames 2>/dev/null
            fi
            ;;
        *)
            COMPREPLY=($reply)
            # What can go on has no blank after it.
            [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
            ;;
    esac
}
complete -F _mmapctl mmapctl
