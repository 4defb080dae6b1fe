#!/usr/bin/env bash
# Whether a built program has what it should have against exploitation: check-hardening.sh PROGRAM
# PIE, full RELRO, no executable stack, stack protector, FORTIFY, CET, no rpath, and no path of the build in it.
set -euo pipefail
program=$1
missing=()
want() { "${@:2}" || missing+=("$1"); }
header=$(readelf -hW "$program") segments=$(readelf -lW "$program") dynamic=$(readelf -dW "$program")
symbols=$(readelf -W --dyn-syms "$program")

want "PIE" grep -qE 'Type: +DYN' <<<"$header"
want "RELRO" grep -q GNU_RELRO <<<"$segments"
want "immediate binding" grep -qE 'FLAGS.*(BIND_NOW|NOW)' <<<"$dynamic"
want "a stack that is not executable" grep -qE 'GNU_STACK .* RW +0x' <<<"$segments"
want "stack protector" grep -q __stack_chk_fail <<<"$symbols"
want "FORTIFY" grep -qE '__(mem|str|sn?printf|vsn?printf|read|recv|poll)[a-z]*_chk' <<<"$symbols"
want "no RPATH" bash -c '! grep -qE "RPATH|RUNPATH" <<<"$1"' _ "$dynamic"
case "$(readelf -hW "$program" | sed -n 's/ *Machine: *//p')" in
  *X86-64*) want "CET: an endbr64 where the program begins" bash -c \
    'objdump -d --no-show-raw-insn --section=.text "$1" 2>/dev/null | awk "/endbr64/ { n++ } END { exit n < 100 }"' _ "$program" ;;
esac
if [ ${#missing[@]} -gt 0 ]; then
  printf '%s has not: %s\n' "$program" "${missing[@]}" >&2
  exit 1
fi
echo "$program: PIE, RELRO, immediate binding, stack protector, FORTIFY, CET, no RPATH"
