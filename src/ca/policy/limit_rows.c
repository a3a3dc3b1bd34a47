#include "ca/policy/limit_rows.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "ca/policy/limit_keys.h"

const struct limit_row limit_rows[LIMIT_KIND_COUNT] = {
#define ROW(n, whom) { #n, limit_key_read_##whom }, offsetof(struct limits_config, n)
	[LIMIT_ACCOUNTS_PER_ADDRESS] = { ROW(accounts_per_address, address),
					 .thing = "new registrations",
					 .whose = "from this IP address" },
	[LIMIT_ACCOUNTS_PER_NETWORK] = { ROW(accounts_per_network, network),
					 .thing = "new registrations",
					 .whose = "from this IPv6 network" },
	[LIMIT_ORDERS_PER_ACCOUNT] = { ROW(orders_per_account, account), .thing = "new orders",
				       .whose = "from this account" },
	[LIMIT_CERTIFICATES_PER_DOMAIN] = { ROW(certificates_per_domain, domain),
					    .thing = "certificates already issued",
					    .whose = "for" },
	[LIMIT_CERTIFICATES_PER_SET] = { ROW(certificates_per_set, set),
					 .thing = "certificates already issued",
					 .whose = "for this exact set of identifiers" },
	[LIMIT_FAILURES_PER_NAME] = { ROW(failures_per_name, failures),
				      .thing = "failed authorizations", .whose = "for" },
	[LIMIT_REQUESTS_DIRECTORY] = { ROW(requests_directory, address), .path = "/directory" },
	[LIMIT_REQUESTS_NEW_NONCE] = { ROW(requests_new_nonce, address),
				       .path = "/acme/new-nonce" },
	[LIMIT_REQUESTS_NEW_ACCOUNT] = { ROW(requests_new_account, address),
					 .path = "/acme/new-acct" },
	[LIMIT_REQUESTS_NEW_ORDER] = { ROW(requests_new_order, address),
				       .path = "/acme/new-order" },
	[LIMIT_REQUESTS_REVOKE_CERT] = { ROW(requests_revoke_cert, address),
					 .path = "/acme/revoke-cert" },
	[LIMIT_REQUESTS_RENEWAL_INFO] = { ROW(requests_renewal_info, address),
					  .path = "/acme/renewal-info" },
	[LIMIT_REQUESTS_OTHER] = { ROW(requests_other, address), .path = "/acme" },
#undef ROW
};

/* The first row whose path it is or is below; rows without one come before. */
bool limit_of_path(enum limit_kind *out, const char *path)
{
	for (size_t i = LIMIT_REQUESTS_DIRECTORY; i < LIMIT_KIND_COUNT; i++) {
		size_t len = strlen(limit_rows[i].path);

		if (str_starts(path, limit_rows[i].path) &&
		    (path[len] == '\0' || path[len] == '/')) {
			*out = (enum limit_kind)i;
			return true;
		}
	}
	return false;
}
