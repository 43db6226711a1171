set(PLUGIN_LIBRARIES axf::csv axf::jansson axf::jpeg axf::png)
