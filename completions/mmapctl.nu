module completions {

  def "nu-complete mmapctl color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl progress" [] {
    [ "auto" "always" "never" ]
  }

  # Map memory from the shell, inspect it, change it, and see what actually happened
  export extern mmapctl [
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mmapctl map access" [] {
    [ "r" "w" "c" "none" "rx" "wx" "cx" ]
  }

  def "nu-complete mmapctl map open" [] {
    [ "create" "excl" "truncate" "direct" "sync" "dsync" "noctty" "nonblock" "nofollow" "async" "directory" "largefile" ]
  }

  def "nu-complete mmapctl map flags" [] {
    [ "fixed" "fixed-noreplace" "growsdown" "denywrite" "executable" "locked" "lock-onfault" "noreserve" "populate" "nonblock" "stack" "hugetlb" "sync" "uninitialized" "32bit" ]
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
    --access(-a): string@"nu-complete mmapctl map access" # What may be done with the bytes
    --private                 # Keep what is written to this mapping alone
    --shared                  # Let all who map the source see what is written
    --shared-validate         # As --shared, with unknown flags refused instead of ignored (MAP_SHARED_VALIDATE)
    --open: string@"nu-complete mmapctl map open" # Open with these flags, separated by commas: --open create,excl
    --mode: string            # Give what is created these permission bits, in octal [default: 666 for files, 600 for tags]
    --addr: string            # Map at this address, failing if something is there: --addr 0x7f0000000000
    --addr-hint: string       # Map near this address if that is possible: --addr-hint 0x7f0000000000
    --flags: string@"nu-complete mmapctl map flags" # Map with these flags, separated by commas: --flags noreserve,populate
    --huge-size: string       # With --flags hugetlb: take huge pages of this size, as --huge-size 2M [default: the kernel's choice]
    --remap: string           # Change its length with mremap(2), letting it move: --remap 2M
    --protect: string         # Change the access with mprotect(2); add bits with +: --protect w or --protect r+sem
    --advise: string@"nu-complete mmapctl map advise" # Apply advice: --advise random
    --destructive             # Let --advise destroy data: remove, hwpoison and soft-offline need it
    --lock                    # Lock its pages in memory
    --probe                   # Try to read, write and execute a page
    --expect-resident: string # Fail unless this much is resident: 90%
    --hold: string            # Keep it mapped: --hold 30s [default: until a signal]
    --unlink-on-exit          # With --tag: remove the name of the shared memory region in the end
    --picture                 # With --json: add the residency span by span, in 64 spans
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl map color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl map progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...files: path            # Files or block devices; - is standard input
  ]

  def "nu-complete mmapctl mirror access" [] {
    [ "r" "w" "c" "none" "rx" "wx" "cx" ]
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
    --access(-a): string@"nu-complete mmapctl mirror access" # What may be done with the bytes: r, w, rx or wx [default: r; w for --tag and --anon]
    --open: string@"nu-complete mmapctl mirror open" # Open with these flags, separated by commas: --open create,excl
    --mode: string            # Give what is created these permission bits, in octal [default: 666 for files, 600 for tags]
    --addr: string            # Map at this address, failing if something is there: --addr 0x7f0000000000
    --addr-hint: string       # Map near this address if that is possible: --addr-hint 0x7f0000000000
    --times: string           # Map so many windows: --times 3
    --verify                  # Prove that every window shows the same bytes
    --lock                    # Lock the pages in memory
    --hold: string            # Keep it mapped: --hold 30s [default: until a signal]
    --unlink-on-exit          # With --tag: remove the name of the shared memory region in the end
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl mirror color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl mirror progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # A file or a block device; - is standard input
  ]

  def "nu-complete mmapctl advise advice" [] {
    [ "normal" "sequential" "random" "willneed" "dontneed" "free" "remove" "dontfork" "dofork" "hwpoison" "soft-offline" "mergeable" "unmergeable" "hugepage" "nohugepage" "dontdump" "dodump" "wipeonfork" "keeponfork" "cold" "pageout" "populate-read" "populate-write" "dontneed-locked" "collapse" "guard-install" "guard-remove" ]
  }

  def "nu-complete mmapctl advise access" [] {
    [ "r" "w" "c" "none" "rx" "wx" "cx" ]
  }

  def "nu-complete mmapctl advise flags" [] {
    [ "fixed" "fixed-noreplace" "growsdown" "denywrite" "executable" "locked" "lock-onfault" "noreserve" "populate" "nonblock" "stack" "hugetlb" "sync" "uninitialized" "32bit" ]
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
    --destructive             # Permit remove, hwpoison and soft-offline
    --pid: string             # Advise on this process's memory: --pid 1234 --mapping '*'
    --mapping: string         # Of mappings with this in their path: 'lib*.so'
    --access(-a): string@"nu-complete mmapctl advise access" # What may be done with the bytes
    --private                 # Keep what is written to this mapping (MAP_PRIVATE)
    --shared                  # Let all who map the source see what is written (MAP_SHARED)
    --flags: string@"nu-complete mmapctl advise flags" # Map with these flags, separated by commas: --flags noreserve,populate
    --huge-size: string       # With --flags hugetlb: take huge pages of this size, as --huge-size 2M [default: the kernel's choice]
    --hold: string            # Keep it mapped: --hold 30s [default: until a signal]
    --unlink-on-exit          # With --tag: remove the name of the shared memory region in the end
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl advise color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl advise progress" # Show progress on stderr; auto checks for a terminal [default: auto]
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

  # Write dirty pages to the storage
  export extern "mmapctl sync" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --anon                    # Anonymous memory; needs --length
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --async                   # Start writing, and do not wait for completion
    --invalidate              # Invalidate other mappings of the file (MS_INVALIDATE)
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl sync color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl sync progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...files: path            # Files or block devices; - is standard input
  ]

  def "nu-complete mmapctl dump format" [] {
    [ "hexyl" "xxd" "canonical" "plain" "c" "values" "raw" ]
  }

  def "nu-complete mmapctl dump border" [] {
    [ "unicode" "ascii" "none" ]
  }

  def "nu-complete mmapctl dump group_size" [] {
    [ "1" "2" "4" "8" ]
  }

  def "nu-complete mmapctl dump base" [] {
    [ "binary" "octal" "decimal" "hexadecimal" ]
  }

  def "nu-complete mmapctl dump endianness" [] {
    [ "little" "big" ]
  }

  def "nu-complete mmapctl dump character_table" [] {
    [ "default" "ascii" "codepage-1047" "codepage-437" "braille" ]
  }

  def "nu-complete mmapctl dump color_scheme" [] {
    [ "default" "gradient" ]
  }

  def "nu-complete mmapctl dump color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl dump progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show the bytes of a file, shared memory region, descriptor or pipe
  export extern "mmapctl dump" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --anon                    # Anonymous memory; needs --length
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --format(-f): string@"nu-complete mmapctl dump format" # How the bytes are shown [default: hexyl, or raw with --output]
    --output: path            # Write to this file instead of standard output
    --no-squeezing            # Show every line, also where lines repeat
    --display-offset: string  # Add this to the offsets that are printed: --display-offset 0x1000
    --border: string@"nu-complete mmapctl dump border" # Draw a border with these characters [default: unicode]
    --panels: string          # So many panels of 8 bytes, or auto [default: 2 or 1]
    --terminal-width: string  # As many panels as fit so many columns: --terminal-width 120
    --group-size(-g): string@"nu-complete mmapctl dump group_size" # Put this many bytes together [default: 1]
    --base(-b): string@"nu-complete mmapctl dump base" # Show bytes in this base [default: hexadecimal]
    --endianness: string@"nu-complete mmapctl dump endianness" # Order the bytes of a group this way [default: big]
    --character-table: string@"nu-complete mmapctl dump character_table" # Show characters by this table [default: default]
    --color-scheme: string@"nu-complete mmapctl dump color_scheme" # Colour bytes by this scheme [default: default]
    --no-characters           # Leave out the characters on the right
    --characters(-C)          # Show the characters on the right, as is the default; undoes --no-characters
    --no-position(-P)         # Leave out the offsets on the left
    --bare                    # Only the bytes: --no-characters, --no-position, --border none and, by default, --color never
    --plain(-p)               # Refused: it means the format plain to some, and --bare to others
    --type: string            # Show numbers of this type: --type f64be [default: u8]
    --width: string           # Fit lines to so many columns [default: the terminal's]
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl dump color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl dump progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # A file, a device or a pipe; - is standard input
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
    --to-end                  # Write up to the end of the existing source
    --byte: string            # Repeat one byte: --byte 0xff [default: 0]
    --pattern: string         # Bytes as hexadecimal digits: --pattern 55aa
    --text: string            # The bytes of this text: --text abc
    --counter: string         # Numbers that count up from 0: --counter u32be
    --random: string          # Pseudorandom bytes of this seed: --random=7
    --from-hex: path          # Apply a hex dump at its own offsets
    --hex-format: string@"nu-complete mmapctl fill hex_format" # With --from-hex: the format of the dump [default: what its first line looks like]
    --partial                 # With --from-hex: write the lines before a malformed one, then fail
    --from: path              # The bytes of this file, or of a stream: --from -
    --access(-a): string@"nu-complete mmapctl fill access" # Who sees what is written
    --no-create               # Fail if it does not exist
    --no-extend               # Fail if it is too short, or does not exist
    --verify                  # Read everything back and compare
    --flush: string@"nu-complete mmapctl fill flush" # Flush what was written to the storage
    --open: string@"nu-complete mmapctl fill open" # Open with these flags, separated by commas: --open create,excl
    --mode: string            # Give what is created these permission bits, in octal [default: 666 for files, 600 for tags]
    --length(-n): string      # Number of bytes, repeated or truncated to this: --length 64K [default: written once]
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl fill color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl fill progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    file?: path               # A file or a block device; - is standard input
  ]

  def "nu-complete mmapctl warm color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl warm progress" [] {
    [ "auto" "always" "never" ]
  }

  # Load files into the page cache
  export extern "mmapctl warm" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --rate: string            # Read at most this much per second: --rate 100M
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl warm color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl warm progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...files: path            # Files or block devices; - is standard input
  ]

  def "nu-complete mmapctl evict color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl evict progress" [] {
    [ "auto" "always" "never" ]
  }

  # Drop files from the page cache
  export extern "mmapctl evict" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl evict color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl evict progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...files: path            # Files or block devices; - is standard input
  ]

  def "nu-complete mmapctl tags color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl tags progress" [] {
    [ "auto" "always" "never" ]
  }

  # List shared memory regions
  export extern "mmapctl tags" [
    --users                   # Show the processes that map each region
    --orphans                 # List only regions that no process maps
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl tags color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl tags progress" # Show progress on stderr; auto checks for a terminal [default: auto]
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
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl unlink color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl unlink progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
    ...names: string          # Regions to remove
  ]

  def "nu-complete mmapctl pagesize color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl pagesize progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show page sizes, and round sizes to pages
  export extern "mmapctl pagesize" [
    --granularity(-g)         # Use the allocation granularity, which is larger than the page size on Windows
    --huge                    # Print the huge page sizes, one per line; with --verbose, the state of the pools
    --all                     # Print every page size with its name
    --align: string           # Round this size or address up to whole pages: --align 5000, --align 0x1fff
    --down                    # With --align: round down
    --pages: string           # Print the number of pages that this size needs: --pages 1.5M
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl pagesize color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl pagesize progress" # Show progress on stderr; auto checks for a terminal [default: auto]
    --bytes                   # Print sizes as exact numbers of bytes
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete mmapctl filesize color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete mmapctl filesize progress" [] {
    [ "auto" "always" "never" ]
  }

  # Show, set or reserve the size of files
  export extern "mmapctl filesize" [
    --fd: string              # An inherited file descriptor: --fd 3 3<FILE
    --tag: string             # A shared memory region: --tag telemetry
    --set(-s): string         # Create, extend or truncate to this size: --set 1.5M
    --reference: path         # Set the size to that of this file: --reference data.bin
    --allocate                # Reserve blocks, so that writing cannot run out of space
    --range: string           # Start and end, or start and length: 4K..8K, 4K+100
    --long(-l)                # Print apparent size, allocated bytes, holes and pages
    --offset(-o): string      # Start offset; negative counts from the end [default: 0]
    --length(-n): string      # Number of bytes [default: up to the end]
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl filesize color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl filesize progress" # Show progress on stderr; auto checks for a terminal [default: auto]
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
    --json                    # Print JSON, one object per line; errors too
    --quiet(-q)               # Suppress reports; print only errors and requested data
    --verbose(-v)             # Print details as well
    --color: string@"nu-complete mmapctl generate color" # Use colours; auto checks for a terminal, NO_COLOR and CLICOLOR_FORCE [default: auto]
    --progress: string@"nu-complete mmapctl generate progress" # Show progress on stderr; auto checks for a terminal [default: auto]
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

  # Write dirty pages to the storage
  export extern "mmapctl help sync" [
  ]

  # Show the bytes of a file, shared memory region, descriptor or pipe
  export extern "mmapctl help dump" [
  ]

  # Write bytes to a range of a file, shared memory region or descriptor
  export extern "mmapctl help fill" [
  ]

  # Load files into the page cache
  export extern "mmapctl help warm" [
  ]

  # Drop files from the page cache
  export extern "mmapctl help evict" [
  ]

  # List shared memory regions
  export extern "mmapctl help tags" [
  ]

  # Remove shared memory regions by name
  export extern "mmapctl help unlink" [
  ]

  # Show page sizes, and round sizes to pages
  export extern "mmapctl help pagesize" [
  ]

  # Show, set or reserve the size of files
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
