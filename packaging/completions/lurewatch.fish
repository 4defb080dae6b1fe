# fish completion for lurewatch: commands and options as the program itself names them.
function __lurewatch_commands
    lurewatch --help 2>/dev/null | awk '/^Subcommands:/ { on = 1; next } on && /^  [a-z]/ { name = $1; $1 = ""; print name "\t" substr($0, 2) }'
end
function __lurewatch_options
    set -l words (commandline -opc)
    lurewatch $words[2] --help 2>/dev/null | grep -oE '^  (-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'
end
complete -c lurewatch -n 'test (count (commandline -opc)) -eq 1' -f -a '(__lurewatch_commands)'
complete -c lurewatch -n 'string match -q -- "-*" (commandline -ct)' -f -a '(__lurewatch_options)'
