set(PLUGIN_LIBRARIES axf::csv axf::jansson)
