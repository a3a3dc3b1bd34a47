/*
 * The text of an answer: its body as it came, or unpacked where it says so. Requests offer gzip as Let's Encrypt's do (ca.md 1.1),
 * which Go's client takes away again unseen.
 */
#pragma once

#include "net/http1.h"

bool coding_is_gzip(const struct http_message *m);
/* At most LIMIT_VA_BODY bytes of the text of a body that is whole. NULL: done; else why it cannot be read. */
const char *coding_read(struct buf *text, const struct http_message *m);
