# Completion of mmapctl for PowerShell: runs mmapctl, which offers the current values, tags and processes.
Register-ArgumentCompleter -Native -CommandName mmapctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Nothing typed is evaluated: a word without a constant value is passed unchanged.
    $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition })
    $words = @($typed | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $current = ''
    if ($wordToComplete -ne '') {
        $current = $words[-1]
        if ($typed[-1].Extent.EndOffset -gt $cursorPosition) { $current = $wordToComplete }
        $words = @($words | Select-Object -SkipLast 1)
    }

    $before = $env:MMAPCTL_COMPLETE
    $env:MMAPCTL_COMPLETE = 'powershell'
    # Some versions of PowerShell drop an empty argument, so the last one is never empty.
    try { $lines = @(& mmapctl '--' @words "=$current" 2>$null) } finally { $env:MMAPCTL_COMPLETE = $before }

    switch ($lines[0]) {
        'values' {
            $lines | Select-Object -Skip 1 | ForEach-Object {
                $value, $help = $_.Split("`t", 2)
                if (-not $help) { $help = $value }
                $text = $value
                if ($value -notmatch '^([A-Za-z-][A-Za-z0-9_,=+-]*|[0-9]+)$') {
                    $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
                }
                [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $help)
            }
        }
        'files' {
            $option = $lines[1]
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($current.Substring($option.Length)) | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($option + $_.CompletionText, $_.ListItemText, $_.ResultType, $_.ToolTip)
            }
        }
        'command' {
            [System.Management.Automation.CompletionCompleters]::CompleteCommand($current)
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($current)
        }
    }
}
