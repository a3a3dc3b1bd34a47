#include <stddef.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/config/form.h"
#include "ca/config/key.h"

#define ROW(member) .offset = offsetof(struct issuer_config, member)
#define HOUR_S (60 * 60)

static const struct config_key keys[] = {
	{ .name = "certificate", ROW(certificate), .kind = CONFIG_PATH, .doc = "PEM or DER." },
	{ .name = "key",
	  ROW(key),
	  .kind = CONFIG_PATH,
	  .doc = "Its private key (PEM), readable by the CA only." },
	{ .name = "chains",
	  ROW(chains),
	  .kind = CONFIG_PATHS,
	  .doc = "Files (PEM) of what follows the issuer's certificate, each up to a root; the first is sent if a\n"
		 "client does not ask for another." },
	{ .name = "caissuers_url",
	  ROW(caissuers_url),
	  .kind = CONFIG_TEXT,
	  .fits = form_http_url,
	  .form = FORM_HTTP_URL,
	  .doc = "Where certificates say that the issuer's is found, such as http://ca.example.org/issuer/NAME,\n"
		 "which this server answers. Not set: not said." },
	{ .name = "crl_url",
	  ROW(crl_url),
	  .kind = CONFIG_TEXT,
	  .fits = form_http_url,
	  .form = FORM_HTTP_URL,
	  .doc = "What stands before \"/SHARD.crl\" in certificates, such as http://ca.example.org/crl/NAME, which\n"
		 "this server answers. Not set: no CRL." },
	{ .name = "crl_shards",
	  ROW(crl_shards),
	  .kind = CONFIG_NUMBER,
	  .fallback = "1",
	  .min = 1,
	  .max = LIMIT_CRL_SHARDS,
	  .doc = "Parts of the CRL; each certificate names its own. It may only grow while certificates stand." },
	{ .name = "crl_lifetime",
	  ROW(crl_lifetime_s),
	  .kind = CONFIG_DURATION,
	  .fallback = "9d",
	  .min = HOUR_S,
	  .max = 366 * 24 * HOUR_S,
	  .doc = "From thisUpdate to nextUpdate." },
	{ .name = "crl_refresh",
	  ROW(crl_refresh_s),
	  .kind = CONFIG_DURATION,
	  .fallback = "6h",
	  .min = 60,
	  .max = 31 * 24 * HOUR_S,
	  .doc = "How often it is made anew even if nothing was revoked." },
	{ .name = "serial_prefix",
	  ROW(serial_prefix),
	  .kind = CONFIG_NUMBER,
	  .fallback = "1",
	  .min = 1,
	  .max = 127,
	  .doc = "First byte of serial numbers: another one for each CA that shares the issuer." },
	{ .name = "active",
	  ROW(active),
	  .kind = CONFIG_SWITCH,
	  .fallback = "yes",
	  .doc = "Signs new certificates; CRLs are made in any case." },
};

const struct config_section config_section_issuer = {
	.name = "issuer",
	.doc = "A CA certificate whose key signs. Several share the work: each order gets one of the subject key's type if there is one.",
	.keys = keys,
	.key_count = ARRAY_LEN(keys),
	.size = sizeof(struct issuer_config),
	.offset = offsetof(struct ca_config, issuers),
	.repeated = true,
	.count_offset = offsetof(struct ca_config, issuer_count),
};
