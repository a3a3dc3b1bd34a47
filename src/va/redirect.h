/*
 * Where an HTTP answer redirects to, and whether it may be followed: Let's Encrypt's rules (ca.md 1.4, checks 3 to 11). No
 * I/O, no names resolved. What comes out is what is connected to: the host has one form, user information is dropped.
 */
#pragma once

#include "net/url.h"
#include "va/address.h"

struct redirect_rules {
	unsigned http_port, https_port; /* that stand for 80 and 443 */
	bool no_ip;                     /* addresses are no targets */
	bool any_name;                  /* names outside of the Public Suffix List are */
	const struct address_policy *addresses;
};

/* Does an answer with this status and Location (may be NULL) ask to go elsewhere? Others are answers like any other. */
bool redirect_is(int status, const char *location);

/* Problems of type connection. */
MUST_CHECK struct err *redirect_target(struct url *out, const struct redirect_rules *r, const struct url *from,
				       int status, const char *location);

/* The port to connect to. */
unsigned redirect_port(const struct redirect_rules *r, const struct url *u);
