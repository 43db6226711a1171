set(PLUGIN_LIBRARIES axf_synth)
