/* Lineages whose renewal failed not long ago: renew passes them over until it is time (order/setback.h). */
#pragma once

#include "client/order/setback.h"

/* NULL: nothing keeps it from being tried now. */
struct setback *put_off_by(const struct client *c, const struct lineage *l);
void put_off_report(const struct client *c, const struct lineage *l, const struct setback *s);
/* The line of the summary. */
char *put_off_line(const struct lineage *l, const struct setback *s);
/* For the next runs; a rehearsal leaves nothing behind. */
void put_off_after(const struct client *c, const struct lineage *l, const struct err *why);
