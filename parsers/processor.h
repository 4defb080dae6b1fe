// What the processor can do beyond plain x86-64, for functions in several variants of which one is picked at run time.
#pragma once

#if defined(__x86_64__)

// In front of a function that uses AVX2 or AVX-512; call it only where has_avx2() or has_avx512() says so. A virtual
// machine may lack any one of a processor's abilities, so each that stands here is asked for there.
#define LUREWATCH_AVX2 __attribute__((target("avx2,bmi,lzcnt")))
#define LUREWATCH_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,bmi,bmi2,lzcnt,popcnt")))

namespace parsers {

inline bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("lzcnt");
}

// False also for those that have AVX-512 without VBMI2: they lower their clock for it.
inline bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

}  // namespace parsers

#endif
