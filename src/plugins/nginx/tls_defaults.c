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
	  "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305\";" },
};

/* Whoever changes the lines adds the new digests, one for each nginx that makes a difference. */
static const char *const known_options[] = {
	/* Signet's */
	"f77c26543a9853e1c18c889a90535c928b74dc578df5a3125c4f6326c627414c",
	"64f516563eb8b4a7c4ebb6ffc1bbf2126815a9f53290f87250cb49e3e6d3cc61",
	"3b587274d49ef56d4cfff97bb9d1d9dddb114f3894db0d6420f8d00188ad798e",
	"17712da7cbbd5f7df0f28a7259657fd02fa5c6232f22b6f001a29d9751c87c13",
	"c041e368be56e9c2e180895c869ab98c1ff15ddb7f348380c4632a8884c218ce",
	"5ae2b07027e270554d2f85605c2106b48412d4d5ab47c97a8255c0e7d7870948",
	/* Certbot's, up to 5.6 */
	"0f81093a1465e3d4eaa8b0c14e77b2a2e93568b0fc1351c2b87893a95f0de87c",
	"9a7b32c49001fed4cff8ad24353329472a50e86ade1ef9b2b9e43566a619612e",
	"a6d9f1c7d6b36749b52ba061fff1421f9a0a3d2cfdafbd63c05d06f65b990937",
	"7f95624dd95cf5afc708b9f967ee83a24b8025dc7c8d9df2b556bbc64256b3ff",
	"394732f2bbe3e5e637c3fb5c6e980a1f1b90b01e2e8d6b7cff41dde16e2a756d",
	"4b16fec2bcbcd8a2f3296d886f17f9953ffdcc0af54582452ca1e52f5f776f16",
	"c052ffff0ad683f43bffe105f7c606b339536163490930e2632a335c8d191cc4",
	"02329eb19930af73c54b3632b3165d84571383b8c8c73361df940cb3894dd426",
	"63e2bddebb174a05c9d8a7cf2adf72f7af04349ba59a1a925fe447f73b2f1abf",
	"2901debc7ecbc10917edd9084c05464c9c5930b463677571eaf8c94bffd11ae2",
	"30baca73ed9a5b0e9a69ea40e30482241d8b1a7343aa79b49dc5d7db0bf53b6c",
	"108c4555058a087496a3893aea5d9e1cee0f20a3085d44a52dc1a66522299ac3",
	"d5e021706ecdccc7090111b0ae9a29ef61523e927f020e410caf0a1fd7063981",
	"ef11e3fb17213e74d3e1816cde0ec37b8b95b4167cf21e7b8ff1eaa9c6f918ee",
	"af85f6193808a44789a1d293e6cffa249cad9a21135940800958b8e3c72dbc69",
	"a2a612fd21b02abaa32d9d11ac63d987d6e3054dbfa356de5800eea0d7ce17f3",
	"2d9648302e3588a172c318e46bff88ade46fc7a16d6afc85322776a04800d473",
	"5e21cc66989f26ec46116d979421e538131cf8ab33ffff3f682fbfe491b0ace8",
	"f5615544105c4eee44f02a604e3e9ae55b3d5bad247160bb18731a0ac531af02",
	"05a799c4db12f8e15e68219c98056824cbd5ae7b05863225318ae112f343880b",
	"dc81acfd9670f137d5abbccfe3438d9306d4b6a906439b0fbf6a6756272e7cc7",
	"0175f71721dd8e5315a6d0f3efef703ff54e867d1ab2a4e076791b89a0b3511a",
	"246b520bedc461fcbd35f4d3efdd75ebf171baccaba5c38f488009566de6d5b3",
	"dd72286f760c90550f34fbeeceb5a1f1351b09b812e65a18569a0f4a4d7f5847",
	"3c71724d610c4239b62b65224eb4b19b09c0f949b2cc572d22e345b218870621",
	"d212bdc44ed7b39305476756b831d36896f923a1c937846d121c6649ec448794",
	"a13543b1248a503f535aa23a8adeff7d5ab4f1b221f64da28448a9e770bde3ed",
	NULL,
};

static const char *const known_dhparams[] = {
	"9ba6429597aeed2d8617a7705b56e96d044f64b07971659382e426675105654b",
	NULL,
};

const struct kept_file tls_options_file = {
	.name = "options-ssl-nginx.conf",
	.digest_name = ".updated-options-ssl-nginx-conf-digest.txt",
	.known = known_options,
};

const struct kept_file tls_dhparams_file = {
	.name = "ssl-dhparams.pem",
	.digest_name = ".updated-ssl-dhparams-pem-digest.txt",
	.known = known_dhparams,
};

void tls_options_text(struct buf *out, const struct daemon *d)
{
	buf_adds(
		out,
		"# Mozilla's intermediate recommendation, version 6.0. Left as Signet wrote it, this file is kept up to date; "
		"changed by hand, it is left alone.\n");
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
