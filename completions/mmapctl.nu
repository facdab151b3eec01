module completions {

  def "nu-complete mmapctl color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl progress" [] {
    [ "auto" "always" "never" ]
  }

  # Map memory from the shell, inspect it, change it, and see what actually happened
  export extern mmapctl [
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mmapctl map access" [] {
    [ "r" "w" "c" "none" "x" "wo" "rx" "wx" "cx" "wox" ]
  }

  def "nu-complete mmapctl map open" [] {
    [ "create" "excl" "truncate" "direct" "sync" "dsync" "noctty" "nonblock" "nofollow" "async" "directory" "largefile" ]
  }

  def "nu-complete mmapctl map flags" [] {
    [ "fixed" "fixed-noreplace" "growsdown" "denywrite" "executable" "locked" "lock-onfault" "noreserve" "populate" "nonblock" "stack" "hugetlb" "sync" "uninitialized" "droppable" "32bit" ]
  }

  def "nu-complete mmapctl map advise" [] {
    [ "normal" "sequential" "random" "willneed" "dontneed" "free" "remove" "dontfork" "dofork" "hwpoison" "soft-offline" "mergeable" "unmergeable" "hugepage" "nohugepage" "dontdump" "dodump" "wipeonfork" "keeponfork" "cold" "pageout" "populate-read" "populate-write" "dontneed-locked" "collapse" "guard-install" "guard-remove" ]
  }

  def "nu-complete mmapctl map color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl map progress" [] {
    [ "auto" "always" "never" ]
  }

  # Map memory and report the result
  export extern "mmapctl map" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --anon                    # Anonymous memory; needs --length
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --access(-a): string@"nu-complete mmapctl map access" # Access to the bytes
    --private                 # Keep writes private (MAP_PRIVATE)
    --shared                  # Share writes with the source and its other mappings (MAP_SHARED)
    --shared-validate         # Share writes, and fail on unknown flags instead of ignoring them (MAP_SHARED_VALIDATE)
    --open: string@"nu-complete mmapctl map open" # Open with these flags, separated by commas: --open create,excl
    --mode: string            # Permission bits of a new file or tag, in octal [default: 666 for files, 600 for tags]
    --addr: string            # Map at this address; fail if it is in use: --addr 0x7f0000000000
    --addr-hint: string       # Map near this address if possible: --addr-hint 0x7f0000000000
    --flags: string@"nu-complete mmapctl map flags" # Map with these flags, separated by commas: --flags noreserve,populate
    --huge-size: string       # With --flags hugetlb: size of the huge pages, such as --huge-size 2M [default: the kernel's choice]
    --remap: string           # Resize the mapping with mremap(2), which may move it: --remap 2M
    --protect: string         # Change the access with mprotect(2); + adds bits: --protect w, --protect r+sem
    --advise: string@"nu-complete mmapctl map advise" # Apply advice: --advise random
    --destructive             # Allow destructive advice: remove, hwpoison and soft-offline
    --lock                    # Load the pages and lock them in memory
    --probe                   # Try to read, write and execute the first page
    --then: string            # A step after these, as often as wanted: --then touch@4K..8K
    --expect-resident: string # Fail unless this much is resident: 90%
    --hold: string            # Keep the mapping: --hold 30s [default: until a signal]
    --unlink-on-exit          # With --tag: remove the name of the shared memory region on exit
    --picture                 # Add the residency picture to JSON, and keep it in narrow tables
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl map color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl map progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...files: path            # Files or block devices; - is standard input
  ]

  def "nu-complete mmapctl mirror access" [] {
    [ "r" "w" "c" "none" "x" "wo" "rx" "wx" "cx" "wox" ]
  }

  def "nu-complete mmapctl mirror open" [] {
    [ "create" "excl" "truncate" "direct" "sync" "dsync" "noctty" "nonblock" "nofollow" "async" "directory" "largefile" ]
  }

  def "nu-complete mmapctl mirror color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl mirror progress" [] {
    [ "auto" "always" "never" ]
  }

  # Map the same bytes several times in a row
  export extern "mmapctl mirror" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --anon                    # Anonymous memory; needs --length
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --access(-a): string@"nu-complete mmapctl mirror access" # Access to the bytes: r, w, rx or wx [default: r; w for --tag and --anon]
    --open: string@"nu-complete mmapctl mirror open" # Open with these flags, separated by commas: --open create,excl
    --mode: string            # Permission bits of a new file or tag, in octal [default: 666 for files, 600 for tags]
    --addr: string            # Map at this address; fail if it is in use: --addr 0x7f0000000000
    --addr-hint: string       # Map near this address if possible: --addr-hint 0x7f0000000000
    --times: string           # Number of windows: --times 3
    --verify                  # Verify that all windows show the same bytes
    --lock                    # Load the pages and lock them in memory
    --hold: string            # Keep the mapping: --hold 30s [default: until a signal]
    --unlink-on-exit          # With --tag: remove the name of the shared memory region on exit
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl mirror color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl mirror progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # A file or a block device; - is standard input
  ]

  def "nu-complete mmapctl advise advice" [] {
    [ "normal" "sequential" "random" "willneed" "dontneed" "free" "remove" "dontfork" "dofork" "hwpoison" "soft-offline" "mergeable" "unmergeable" "hugepage" "nohugepage" "dontdump" "dodump" "wipeonfork" "keeponfork" "cold" "pageout" "populate-read" "populate-write" "dontneed-locked" "collapse" "guard-install" "guard-remove" ]
  }

  def "nu-complete mmapctl advise access" [] {
    [ "r" "w" "c" "none" "x" "wo" "rx" "wx" "cx" "wox" ]
  }

  def "nu-complete mmapctl advise flags" [] {
    [ "fixed" "fixed-noreplace" "growsdown" "denywrite" "executable" "locked" "lock-onfault" "noreserve" "populate" "nonblock" "stack" "hugetlb" "sync" "uninitialized" "droppable" "32bit" ]
  }

  def "nu-complete mmapctl advise color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl advise progress" [] {
    [ "auto" "always" "never" ]
  }

  # Apply advice to memory, and report the effect
  export extern "mmapctl advise" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --anon                    # Anonymous memory; needs --length
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --touch                   # Access every page of the mapping
    --destructive             # Allow destructive advice: remove, hwpoison and soft-offline
    --pid: string             # Advise the memory of this process: --pid 1234 --mapping '*'
    --mapping: string         # With --pid: select the mappings whose path or name contains this: --mapping 'lib*.so'
    --access(-a): string@"nu-complete mmapctl advise access" # Access to the bytes
    --private                 # Keep writes private (MAP_PRIVATE)
    --shared                  # Share writes with the source and its other mappings (MAP_SHARED)
    --flags: string@"nu-complete mmapctl advise flags" # Map with these flags, separated by commas: --flags noreserve,populate
    --huge-size: string       # With --flags hugetlb: size of the huge pages, such as --huge-size 2M [default: the kernel's choice]
    --hold: string            # Keep the mapping: --hold 30s [default: until a signal]
    --unlink-on-exit          # With --tag: remove the name of the shared memory region on exit
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl advise color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl advise progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    advice: string@"nu-complete mmapctl advise advice" # The advice, such as random or willneed; --help lists all
    ...files: path            # Files or block devices; - is standard input
  ]

  def "nu-complete mmapctl sync color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl sync progress" [] {
    [ "auto" "always" "never" ]
  }

  # Write dirty pages to storage
  export extern "mmapctl sync" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --files0-from: path       # Read PATHs from a list: --files0-from list
    --glob(-g): string        # Only files that match; '!GLOB' excludes: --glob '*.db'
    --min-size: string        # Only files of at least this size: --min-size 1M
    --max-size: string        # Only files of at most this size: --max-size 1G
    --max-depth: string       # Walk directories to this depth: --max-depth 1
    --one-file-system(-x)     # Stay on the file system of each PATH
    --follow(-L)              # Follow symbolic links
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --async                   # Start writing; do not wait for completion
    --invalidate              # Invalidate other mappings of the file (MS_INVALIDATE)
    --jobs(-j): string        # Number of files to flush at once: --jobs 1 [default: 32]
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl sync color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl sync progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...paths: path            # Files, block devices and directories; - is standard input
  ]

  def "nu-complete mmapctl dump format" [] {
    [ "hexyl" "xxd" "canonical" "plain" "c" "values" "strings" "raw" ]
  }

  def "nu-complete mmapctl dump base" [] {
    [ "binary" "octal" "decimal" "hexadecimal" ]
  }

  def "nu-complete mmapctl dump endianness" [] {
    [ "little" "big" ]
  }

  def "nu-complete mmapctl dump border" [] {
    [ "unicode" "ascii" "none" ]
  }

  def "nu-complete mmapctl dump character_table" [] {
    [ "default" "ascii" "codepage-1047" "codepage-437" "braille" ]
  }

  def "nu-complete mmapctl dump color_scheme" [] {
    [ "default" "gradient" ]
  }

  def "nu-complete mmapctl dump offsets" [] {
    [ "decimal" "hexadecimal" "octal" "none" ]
  }

  def "nu-complete mmapctl dump color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl dump progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show the bytes of a file, shared memory region, pipe or process
  export extern "mmapctl dump" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --anon                    # Anonymous memory; needs --length
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --pid: string             # The memory of this process: --pid 1234 --mapping '[heap]'
    --mapping: string         # With --pid: the mapping whose path or name contains this: --mapping '[stack]'
    --strict                  # With --pid: fail if memory cannot be read
    --format(-f): string@"nu-complete mmapctl dump format" # Output format [default: hexyl, or raw with --output]
    --output: path            # Write to this file instead of standard output
    --strings: string         # Text of MIN bytes or more: --strings=8 [default: 4]
    --no-squeezing            # Show repeated lines instead of an asterisk
    --display-offset: string  # Add this to the displayed offsets: --display-offset 0x1000
    --columns(-c): string     # Bytes in a line: --columns 8 [default: 16 in xxd]
    --group-size(-g): string  # Number of bytes in a group: --group-size 4 [default: 1 in hexyl, 2 in xxd]
    --base(-b): string@"nu-complete mmapctl dump base" # Show bytes in this base [default: hexadecimal]
    --endianness: string@"nu-complete mmapctl dump endianness" # Byte order within a group [default: big]
    -e                        # Short for --endianness little
    --uppercase(-u)           # Show hexadecimal digits in upper case
    --border: string@"nu-complete mmapctl dump border" # Border style [default: unicode]
    --panels: string          # Number of 8-byte panels, or auto [default: up to 2]
    --terminal-width: string  # Show as many panels as fit this many columns: --terminal-width 120
    --character-table: string@"nu-complete mmapctl dump character_table" # Character table [default: default]
    --color-scheme: string@"nu-complete mmapctl dump color_scheme" # Colour scheme [default: default]
    --no-characters           # Hide the characters on the right
    --characters(-C)          # Show the characters on the right (default); overrides --no-characters
    --no-position(-P)         # Hide the offsets on the left
    --bare                    # Show bytes only: --no-characters, --no-position, --border none and, by default, --color never
    --plain(-p)               # Refused as ambiguous: use --format plain or --bare
    --decimal-offsets(-d)     # Show decimal offsets
    --autoskip(-a)            # Replace lines of zeros with an asterisk
    --ebcdic(-E)              # Show the characters of EBCDIC
    --name: string            # Name of the array: --name table [default: that of the file or tag]
    --capitalize              # Write the names in capital letters
    --type: string            # Show numbers of this type: --type f64be [default: u8]
    --offsets(-A): string@"nu-complete mmapctl dump offsets" # Base of the offsets [default: decimal]
    --width: string           # Fit lines to this many columns [default: the terminal's]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --watch: string           # Show changes until q: --watch 500ms [default: 2s]
    --count: string           # End after this number of looks: --watch --count 10
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl dump color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl dump progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # A file, a device or a pipe; - is standard input
  ]

  def "nu-complete mmapctl diff format" [] {
    [ "panels" "side-by-side" "list" "ranges" ]
  }

  def "nu-complete mmapctl diff color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl diff progress" [] {
    [ "auto" "always" "never" ]
  }

  # Compare two files, shared memory regions, pipes or processes byte by byte
  export extern "mmapctl diff" [
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --offset-b: string        # Start offset of the second side: --offset-b 4K [default: --offset]
    --format(-f): string@"nu-complete mmapctl diff format" # Output format [default: panels]
    --context: string         # Number of equal lines around those that differ: --context 3 [default: 1]
    --max: string             # Show the first N differences, and count the others: --max 10
    --decimal                 # Show bytes in decimal, not octal; implies --format list
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl diff color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl diff progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    a: path                   # The first side: a file, -, tag:NAME, fd:N or pid:N@START..END
    b: path                   # The second side
  ]

  def "nu-complete mmapctl fill hex_format" [] {
    [ "hexyl" "xxd" "canonical" "plain" "c" ]
  }

  def "nu-complete mmapctl fill access" [] {
    [ "w" "c" ]
  }

  def "nu-complete mmapctl fill flush" [] {
    [ "none" "async" "sync" ]
  }

  def "nu-complete mmapctl fill open" [] {
    [ "create" "excl" "truncate" "direct" "sync" "dsync" "noctty" "nonblock" "nofollow" "async" "directory" "largefile" ]
  }

  def "nu-complete mmapctl fill color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl fill progress" [] {
    [ "auto" "always" "never" ]
  }

  # Write bytes to a range of a file, shared memory region or descriptor
  export extern "mmapctl fill" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --to-end                  # Write up to the end of the source, which must exist
    --byte: string            # Repeat one byte: --byte 0xff [default: 0]
    --pattern: string         # Bytes as hexadecimal digits: --pattern 55aa
    --text: string            # Bytes of this text: --text abc
    --counter: string         # Numbers counting up from 0: --counter u32be
    --random: string          # Pseudorandom bytes, optionally from a seed: --random=7
    --from-hex: path          # Apply a hex dump at its own offsets
    --hex-format: string@"nu-complete mmapctl fill hex_format" # With --from-hex: format of the dump [default: detected from its first line]
    --partial                 # With --from-hex: write the lines before a malformed one, then fail
    --from: path              # Bytes of this file, or - for standard input: --from tile.bin
    --access(-a): string@"nu-complete mmapctl fill access" # Write to the source or to private copies of its pages
    --no-create               # Fail if the source does not exist
    --no-extend               # Fail if the source is too short or does not exist
    --verify                  # Read the bytes back and compare
    --flush: string@"nu-complete mmapctl fill flush" # Flush the written bytes to storage
    --open: string@"nu-complete mmapctl fill open" # Open with these flags, separated by commas: --open create,excl
    --mode: string            # Permission bits of a new file or tag, in octal [default: 666 for files, 600 for tags]
    --length(-n): string      # Number of bytes to write: --length 64K [default: all bytes once]
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl fill color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl fill progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # A file or a block device; - is standard input
  ]

  def "nu-complete mmapctl cached sort" [] {
    [ "cached" "size" "percent" "dirty" "name" ]
  }

  def "nu-complete mmapctl cached columns" [] {
    [ "cached" "change" "percent" "size" "dirty" "writeback" "pages" "evicted" "files" "picture" "name" ]
  }

  def "nu-complete mmapctl cached color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl cached progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show how much of files and directories is in the page cache
  export extern "mmapctl cached" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --files0-from: path       # Read PATHs from a list: --files0-from list
    --glob(-g): string        # Only files that match; '!GLOB' excludes: --glob '*.db'
    --min-size: string        # Only files of at least this size: --min-size 1M
    --max-size: string        # Only files of at most this size: --max-size 1G
    --max-depth: string       # Walk directories to this depth: --max-depth 1
    --one-file-system(-x)     # Stay on the file system of each PATH
    --follow(-L)              # Follow symbolic links
    --jobs(-j): string        # Number of threads: --jobs 1 [default: one per processor]
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --all(-a)                 # A row for each file
    --depth(-d): string       # A row for each directory down to this depth: --depth 2
    --total                   # Only the total
    --top: string             # Only the first rows by --sort: --top 20
    --sort: string@"nu-complete mmapctl cached sort" # Sort the rows [default with --top: cached]
    --min-cached: string      # Only rows with at least this much cached: --min-cached 1M
    --columns: string@"nu-complete mmapctl cached columns" # The columns: --columns cached,percent,name
    --no-header               # Print only rows: no header, no total; with tabs in a pipe
    --openmetrics             # Print the rows as metrics, for monitoring
    --output: path            # With --openmetrics: write to this file
    --watch: string           # Repeat until q or Ctrl-C: --watch 500ms [default: 2s]
    --count: string           # End after this number of looks: --watch --count 10
    --expect: string          # Fail unless this much is resident: --expect 90%
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl cached color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl cached progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...paths: path            # Files, block devices and directories; - is standard input
  ]

  def "nu-complete mmapctl warm color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl warm progress" [] {
    [ "auto" "always" "never" ]
  }

  # Load files and directories into the page cache
  export extern "mmapctl warm" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --files0-from: path       # Read PATHs from a list: --files0-from list
    --glob(-g): string        # Only files that match; '!GLOB' excludes: --glob '*.db'
    --min-size: string        # Only files of at least this size: --min-size 1M
    --max-size: string        # Only files of at most this size: --max-size 1G
    --max-depth: string       # Walk directories to this depth: --max-depth 1
    --one-file-system(-x)     # Stay on the file system of each PATH
    --follow(-L)              # Follow symbolic links
    --jobs(-j): string        # Number of threads: --jobs 1 [default: one per processor]
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --rate: string            # Read at most this much per second: --rate 100M
    --max-memory: string      # Load at most this much: --max-memory 4G, 50%
    --lock                    # Lock the pages in memory; needs --hold
    --hold: string            # Keep the pages locked: --hold 30s [default: until a signal]
    --follow-changes          # Also lock files that appear, grow or are replaced
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl warm color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl warm progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...paths: path            # Files, block devices and directories; - is standard input
  ]

  def "nu-complete mmapctl evict color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl evict progress" [] {
    [ "auto" "always" "never" ]
  }

  # Drop files and directories from the page cache
  export extern "mmapctl evict" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --files0-from: path       # Read PATHs from a list: --files0-from list
    --glob(-g): string        # Only files that match; '!GLOB' excludes: --glob '*.db'
    --min-size: string        # Only files of at least this size: --min-size 1M
    --max-size: string        # Only files of at most this size: --max-size 1G
    --max-depth: string       # Walk directories to this depth: --max-depth 1
    --one-file-system(-x)     # Stay on the file system of each PATH
    --follow(-L)              # Follow symbolic links
    --jobs(-j): string        # Number of threads: --jobs 1 [default: one per processor]
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --snapshot: path          # Write down what was dropped: --snapshot dropped.json
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl evict color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl evict progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...paths: path            # Files, block devices and directories; - is standard input
  ]

  def "nu-complete mmapctl snapshot color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl snapshot progress" [] {
    [ "auto" "always" "never" ]
  }

  # Write down which ranges of files are in the page cache
  export extern "mmapctl snapshot" [
    --files0-from: path       # Read PATHs from a list: --files0-from list
    --glob(-g): string        # Only files that match; '!GLOB' excludes: --glob '*.db'
    --min-size: string        # Only files of at least this size: --min-size 1M
    --max-size: string        # Only files of at most this size: --max-size 1G
    --max-depth: string       # Walk directories to this depth: --max-depth 1
    --one-file-system(-x)     # Stay on the file system of each PATH
    --follow(-L)              # Follow symbolic links
    --jobs(-j): string        # Number of threads: --jobs 1 [default: one per processor]
    --output: path            # Write to this file: --output cache.json
    --evict-first             # Drop the PATHs from the page cache before the program runs
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl snapshot color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl snapshot progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...paths: path            # Files and directories
  ]

  def "nu-complete mmapctl restore color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl restore progress" [] {
    [ "auto" "always" "never" ]
  }

  # Load what a snapshot says into the page cache
  export extern "mmapctl restore" [
    --root: directory         # The directory of the files: --root /srv/data [default: that in the snapshot]
    --force                   # Load files that have changed, as far as the ranges still exist
    --exact                   # Also drop what is cached of these files and not in the snapshot
    --rate: string            # Read at most this much per second: --rate 100M
    --max-memory: string      # Load at most this much: --max-memory 4G, 50%
    --jobs(-j): string        # Number of threads: --jobs 1 [default: 16, or 1 for a rotating disk]
    --strict                  # Fail unless memory is as in the snapshot
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl restore color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl restore progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    snapshot: path            # The snapshot; - is standard input
  ]

  def "nu-complete mmapctl why color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl why progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show the memory of a file, what keeps it there, and why it is not huge
  export extern "mmapctl why" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl why color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl why progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # A file or a block device; - is standard input
  ]

  def "nu-complete mmapctl verify color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl verify progress" [] {
    [ "auto" "always" "never" ]
  }

  # Compare what is in memory of files with what is on their storage
  export extern "mmapctl verify" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --files0-from: path       # Read PATHs from a list: --files0-from list
    --glob(-g): string        # Only files that match; '!GLOB' excludes: --glob '*.db'
    --min-size: string        # Only files of at least this size: --min-size 1M
    --max-size: string        # Only files of at most this size: --max-size 1G
    --max-depth: string       # Walk directories to this depth: --max-depth 1
    --one-file-system(-x)     # Stay on the file system of each PATH
    --follow(-L)              # Follow symbolic links
    --jobs(-j): string        # Number of threads: --jobs 1 [default: one per processor]
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --setuid                  # Only files that are set-user-ID or set-group-ID, or have capabilities
    --evict                   # Drop pages that differ, and verify them again
    --all                     # Show all differences, and all their bytes
    --strict                  # Fail if pages cannot be compared
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl verify color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl verify progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...paths: path            # Files, block devices and directories; - is standard input
  ]

  def "nu-complete mmapctl tags color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl tags progress" [] {
    [ "auto" "always" "never" ]
  }

  # List shared memory regions
  export extern "mmapctl tags" [
    --users                   # Show the processes that map each region or have it open
    --deleted                 # List only shared memory without a name: deleted regions and memfds, with the processes that hold them
    --where                   # Show where the memory is: all regions, with and without a name, their processes and paths
    --orphans                 # Only regions that no process maps or has open
    --assume-unseen           # With --orphans: assume that processes that cannot be inspected use none
    --older: string           # Only regions of at least this age: --older 4h
    --match: string           # Only names that match; '!GLOB' excludes: --match 'psm_*'
    --min-size: string        # Only regions of at least this size: --min-size 1M
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl tags color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl tags progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...names: string          # Regions to list [default: all]
  ]

  def "nu-complete mmapctl unlink color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl unlink progress" [] {
    [ "auto" "always" "never" ]
  }

  # Remove shared memory regions by name
  export extern "mmapctl unlink" [
    --force(-f)               # Ignore names that do not exist
    --dry-run                 # Print what would be removed, and remove nothing
    --orphans                 # Only regions that no process maps or has open
    --assume-unseen           # With --orphans: assume that processes that cannot be inspected use none
    --older: string           # Only regions of at least this age: --older 4h
    --match: string           # Only names that match; '!GLOB' excludes: --match 'psm_*'
    --min-size: string        # Only regions of at least this size: --min-size 1M
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl unlink color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl unlink progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...names: string          # Regions to remove
  ]

  def "nu-complete mmapctl record color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl record progress" [] {
    [ "auto" "always" "never" ]
  }

  # Keep the last bytes of standard input in a file or shared memory region
  export extern "mmapctl record" [
    --tag: string             # A shared memory region that holds the ring: --tag service-log
    --length(-n): string      # Number of last bytes to keep: --length 64M
    --tee                     # Pass everything on to standard output
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl record color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl record progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # The file that holds the ring
  ]

  def "nu-complete mmapctl replay color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl replay progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show the last bytes that were recorded
  export extern "mmapctl replay" [
    --tag: string             # A shared memory region that holds the ring: --tag service-log
    --follow(-f)              # Go on with what is recorded from now on, until a signal
    --lines: string           # Only whole lines, the last N to start with: --lines 20
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl replay color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl replay progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # The file that holds the ring
  ]

  def "nu-complete mmapctl pmap sort" [] {
    [ "address" "size" "rss" "pss" "dirty" "swap" "huge" "locked" "name" ]
  }

  def "nu-complete mmapctl pmap color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl pmap progress" [] {
    [ "auto" "always" "never" ]
  }

  # List the mappings of a process, and the memory that each uses
  export extern "mmapctl pmap" [
    --mapping: string         # Only mappings whose path or name contains this: --mapping 'lib*.so'
    --at: string              # Only the mapping that contains this address: --at 0x7f0000001000
    --sort: string@"nu-complete mmapctl pmap sort" # Sort the rows [default: address; with --top: rss]
    --top: string             # Only the first rows by --sort: --top 20
    --watch: string           # Repeat until q or Ctrl-C: --watch 500ms [default: 2s]
    --count: string           # End after this number of looks: --watch --count 10
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl pmap color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl pmap progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    pid: string               # The process
  ]

  def "nu-complete mmapctl pagesize color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl pagesize progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show page sizes, and round sizes to pages
  export extern "mmapctl pagesize" [
    --granularity(-g)         # Use the allocation granularity instead of the page size
    --huge                    # Print the huge page sizes, one per line; with --verbose, also the state of their pools
    --all                     # Print every page size with its name
    --align: string           # Round this size or address up to a page boundary: --align 5000, --align 0x1fff
    --down                    # With --align: round down
    --pages: string           # Print the number of pages that this size needs: --pages 1.5M
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl pagesize color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl pagesize progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete mmapctl filesize color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl filesize progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show or set the size of files, or reserve their blocks
  export extern "mmapctl filesize" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --set(-s): string         # Create, extend or truncate to this size: --set 1.5M
    --reference(-r): path     # Set the size to that of this file: --reference data.bin
    --allocate                # Reserve blocks: later writes to them cannot run out of space
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --long(-l)                # Print size, allocated bytes, holes, unwritten bytes and pages
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl filesize color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl filesize progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...files: path            # Files or block devices; - is standard input
  ]

  def "nu-complete mmapctl generate color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl generate progress" [] {
    [ "auto" "always" "never" ]
  }

  # Write the manual pages, the shell completions and the JSON Schemas
  export extern "mmapctl generate" [
    --into: directory         # Write every file under this prefix: --into ~/.local
    --json                    # Print JSON, one object per line, also for errors
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print more details
    --color: string@"nu-complete mmapctl generate color" # When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl generate progress" # When to show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    name?: string             # Print this file: share/man/man1/mmapctl.1
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mmapctl help" [
  ]

  # Map memory and report the result
  export extern "mmapctl help map" [
  ]

  # Map the same bytes several times in a row
  export extern "mmapctl help mirror" [
  ]

  # Apply advice to memory, and report the effect
  export extern "mmapctl help advise" [
  ]

  # Write dirty pages to storage
  export extern "mmapctl help sync" [
  ]

  # Show the bytes of a file, shared memory region, pipe or process
  export extern "mmapctl help dump" [
  ]

  # Compare two files, shared memory regions, pipes or processes byte by byte
  export extern "mmapctl help diff" [
  ]

  # Write bytes to a range of a file, shared memory region or descriptor
  export extern "mmapctl help fill" [
  ]

  # Show how much of files and directories is in the page cache
  export extern "mmapctl help cached" [
  ]

  # Load files and directories into the page cache
  export extern "mmapctl help warm" [
  ]

  # Drop files and directories from the page cache
  export extern "mmapctl help evict" [
  ]

  # Write down which ranges of files are in the page cache
  export extern "mmapctl help snapshot" [
  ]

  # Load what a snapshot says into the page cache
  export extern "mmapctl help restore" [
  ]

  # Show the memory of a file, what keeps it there, and why it is not huge
  export extern "mmapctl help why" [
  ]

  # Compare what is in memory of files with what is on their storage
  export extern "mmapctl help verify" [
  ]

  # List shared memory regions
  export extern "mmapctl help tags" [
  ]

  # Remove shared memory regions by name
  export extern "mmapctl help unlink" [
  ]

  # Keep the last bytes of standard input in a file or shared memory region
  export extern "mmapctl help record" [
  ]

  # Show the last bytes that were recorded
  export extern "mmapctl help replay" [
  ]

  # List the mappings of a process, and the memory that each uses
  export extern "mmapctl help pmap" [
  ]

  # Show page sizes, and round sizes to pages
  export extern "mmapctl help pagesize" [
  ]

  # Show or set the size of files, or reserve their blocks
  export extern "mmapctl help filesize" [
  ]

  # Write the manual pages, the shell completions and the JSON Schemas
  export extern "mmapctl help generate" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mmapctl help help" [
  ]

}

export use completions *
