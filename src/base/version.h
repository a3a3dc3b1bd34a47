/* The version meson.build knows. */
#pragma once

#ifndef SIGNET_VERSION
#error "SIGNET_VERSION comes from meson.build"
#endif
