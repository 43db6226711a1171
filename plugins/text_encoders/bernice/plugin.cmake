set(PLUGIN_LIBRARIES axf::sentencepiece axf::utf8proc)
