/* A component's host, for tests of what plugins share: that of an instance that is never declared. */
#ifndef AXF_TESTS_COMPONENT_HOST_H
#define AXF_TESTS_COMPONENT_HOST_H

#include "auxfuse/text_encoder.h"
#include "core/error.h"
#include "plugin/instance.h"
#include "plugin/registry.h"

#include <check.h>

typedef struct component_host {
    axf_registry registry;
    axf_instance instance;
    const axf_host *host;
} component_host;

static void component_host_open(component_host *own)
{
    axf_registered *component;
    *own = (component_host){0};
    ck_assert_msg(axf_registry_add_defaults(&own->registry) == AXF_OK, "%s", axf_error_message());
    ck_assert_int_eq(axf_registry_get(&own->registry, AXF_KIND_TEXT_ENCODER, "bert", &component), AXF_OK);
    ck_assert_int_eq(axf_instance_init(&own->instance, component, "test", 0), AXF_OK);
    own->host = &own->instance.host;
}

/* After the tokenizers that were opened with it are closed. */
static void component_host_close(component_host *own)
{
    axf_instance_free(&own->instance);
    axf_registry_free(&own->registry);
}

#endif
