# bash completion for lurewatch: commands and options as the program itself names them.
_lurewatch() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} command= word
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* ]]; then command=$word; break; fi
  done
  if [[ -z $command && $current != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null |
      awk '/^Subcommands:/ { on = 1; next } on && /^  [a-z]/ { print $1 }')" -- "$current")
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" ${command:+"$command"} --help 2>/dev/null |
      grep -oE '^  (-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+')" -- "$current")
  elif [[ $previous == --mode ]]; then
    mapfile -t COMPREPLY < <(compgen -W "normalised seed-exact" -- "$current")
  elif [[ $command == findings || $command == why ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" findings --json 2>/dev/null | grep -oE '"id":"[0-9a-f]{32}"' |
      cut -d'"' -f4 | sort -u)" -- "$current")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _lurewatch lurewatch
