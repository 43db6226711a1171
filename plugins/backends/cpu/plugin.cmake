# impl/hot/*.c: vector loops, compiled once for each level of the CPU. oneDNN brings the OpenMP runtime.
set(IMPL_LIBRARIES axf::dnnl)
if(AUXFUSE_OPENMP)
  list(APPEND IMPL_LIBRARIES OpenMP::OpenMP_C)
else()
  # The pragmas of the parallel loops are plain comments then.
  set(IMPL_OPTIONS -Wno-unknown-pragmas)
endif()
