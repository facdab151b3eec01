# Completion of mmapctl for bash 4.2 and later: runs mmapctl, which quotes the values it offers.
_mmapctl() {
    local lines name
    COMPREPLY=()
    mapfile -t lines <<<"$(MMAPCTL_COMPLETE=bash command "${COMP_WORDS[0]}" -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)"
    if [[ ${lines[0]} == values ]]; then
        COMPREPLY=("${lines[@]:1}")
    elif [[ ${lines[0]} == command && $3 == -- && $2 != */* ]]; then
        # Omit commands whose names need quoting.
        while IFS= read -r name; do
            [[ -z $name || $name == *[![:alnum:]_.+-]* ]] || COMPREPLY+=("$name")
        done <<<"$(compgen -c -- "$2" | sort -u)"
    elif [[ -n ${lines[0]} ]]; then
        compopt -o default -o filenames
    fi
}
complete -F _mmapctl mmapctl
