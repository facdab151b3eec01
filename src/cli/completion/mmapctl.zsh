#compdef mmapctl
# Completion of mmapctl for zsh: asks mmapctl itself, so that values, tags and processes are those there are.
_mmapctl() {
    local -a asked lines
    asked=("${(@Q)words[1,CURRENT]}")
    lines=("${(@f)$(MMAPCTL_COMPLETE=zsh command ${(Q)words[1]} -- "${asked[@]}" 2>/dev/null)}")
    case ${lines[1]-} in
        '')
            return 1
            ;;
        :files)
            [[ $PREFIX == --*=* ]] && compset -P '*='
            _files
            ;;
        :command)
            shift ${words[(i)--]} words
            (( CURRENT -= ${asked[(i)--]} ))
            _normal
            ;;
        *)
            _describe -V 'mmapctl' lines
            ;;
    esac
}
if [[ $funcstack[1] == _mmapctl ]]; then
    _mmapctl "$@"
else
    compdef _mmapctl mmapctl
fi
