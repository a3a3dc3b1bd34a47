/* For whom a proxy in front of us asks (X-Forwarded-For), where the configuration trusts it. */
#pragma once

#include "net/http1.h"
#include "net/resolver.h"

/* The last address of the header, which is the one that our own proxy wrote; else peer stays as it is. */
void forwarded_peer(struct address *peer, const struct http_headers *h);
