/* From the path of a request to the resource it means. Paths are taken as they stand: nothing is decoded or tidied up. */
#pragma once

#include "base/str.h"
#include "ca/http/resource.h"

struct ca_config;

struct route_table {
	const struct resource *const *resources;
	size_t count;
};

/* The path of a request's target, without its query; NULL: the target has none ("*", "ca.example:443"). */
char *route_path(const char *target);

/* The resource with its ids, which are the segments behind its path; NULL: there is none. */
const struct resource *route_find(struct strlist *ids, const struct route_table *t,
				  const char *path, const struct ca_config *c);

/* What a resource can be asked, and by which methods ("GET, HEAD, POST"). */
bool route_has_get(const struct resource *r, const struct ca_config *c);
char *route_methods(const struct resource *r, const struct ca_config *c);
