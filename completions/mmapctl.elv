# Completion of mmapctl for elvish: runs mmapctl, which offers the current values, tags and processes.
use re
use str
set edit:completion:arg-completer[mmapctl] = {|@words|
    var lines = [(env MMAPCTL_COMPLETE=elvish mmapctl -- $@words 2>/dev/null | from-lines)]
    if (eq $lines[0] values) {
        for line $lines[1..] {
            var value help = (str:split "\t" $line)
            var shown = $value
            if (not-eq $help '') {
                set shown = $value' ('$help')'
            }
            edit:complex-candidate $value &display=$shown
        }
    } elif (eq $lines[0] files) {
        var before = $lines[1]
        edit:complete-filename (str:trim-prefix $words[-1] $before) | each {|file|
            # Elvish displays some control characters unescaped.
            if (not (re:match '[\p{Cc}\p{Cf}]' $file[stem])) {
                edit:complex-candidate $before''$file[stem] &code-suffix=$file[code-suffix] &display=$file[display]
            }
        }
    } elif (eq $lines[0] command) {
        var rest = $words
        while (not-eq $rest[0] --) {
            set rest = $rest[1..]
        }
        edit:complete-sudo $@rest
    }
}
