#include "plugins/nginx/tls_defaults.h"

struct option {
	unsigned since[3]; /* of nginx */
	const char *line;
};

static const struct option options[] = {
	{ { 0, 8, 48 }, "ssl_session_cache shared:le_nginx_SSL:10m;" },
	{ { 0, 8, 48 }, "ssl_session_timeout 1440m;" },
	{ { 1, 5, 9 }, "ssl_session_tickets off;" },
	{ { 1, 13, 0 }, "ssl_protocols TLSv1.2 TLSv1.3;" },
	{ { 0, 8, 48 }, "ssl_prefer_server_ciphers off;" },
	{ { 0, 8, 48 },
	  "ssl_ciphers \"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
	  "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:"
	  "DHE-RSA-AES256-GCM-SHA384\";" },
};

void tls_options_text(struct buf *out, const struct daemon *d)
{
	buf_adds(
		out,
		"# Mozilla's intermediate recommendation. Changes of yours are kept: this file is written only where there is none.\n");
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (daemon_is_since(d, options[i].since))
			buf_addf(out, "%s\n", options[i].line);
	if (!daemon_is_since(d, (const unsigned[]){ 1, 13, 0 }))
		buf_adds(out, "ssl_protocols TLSv1.2;\n");
}

void tls_dhparams_text(struct buf *out)
{
	buf_adds(out, /* ffdhe2048, RFC 7919 appendix A.1 */
		 "-----BEGIN DH PARAMETERS-----\n"
		 "MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz\n"
		 "+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a\n"
		 "87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7\n"
		 "YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi\n"
		 "7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD\n"
		 "ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==\n"
		 "-----END DH PARAMETERS-----\n");
}
