set edit:completion:arg-completer[mmapctl] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) MMAPCTL_COMPLETE="elvish" mmapctl -- $@words) | to-lines
}
