/* A certificate as `list certificates` and `show certificate` print it, and how people name one. */
#pragma once

#include "ca/cmd/table.h"
#include "ca/store/store.h"

void cert_row(struct table *t, const struct store_cert *c);
/* As the store has serials: word in lower case and without the colons of other programs. */
char *cert_serial(const char *word);
