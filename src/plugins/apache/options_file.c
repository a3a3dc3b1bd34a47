/* options-ssl-apache.conf: Mozilla's intermediate recommendation (certbot.md 16.7). */
#include "base/limits.h"
#include "plugins/apache/install.h"
#include "plugins/kept_file.h"

/* Of groups only OpenSSL's own choice: it begins with X25519MLKEM768 where OpenSSL has that, as Mozilla advises. */
static const char settings[] =
	"# Mozilla's intermediate recommendation, version 6.0. Left as Signet wrote it, this file is kept up to date; "
	"changed by hand, it is left alone.\n"
	"\n"
	"SSLEngine on\n"
	"\n"
	"SSLProtocol all -SSLv2 -SSLv3 -TLSv1 -TLSv1.1\n"
	"SSLCipherSuite "
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305\n"
	"SSLHonorCipherOrder off\n"
	"SSLSessionTickets off\n"
	"\n"
	"SSLOptions +StrictRequire\n";

/* Whoever changes the settings adds the new digest. */
static const char *const known[] = {
	/* Signet's */
	"2f91e7c631dbec41a56ca1885a0e7c47272308cbb61a55c5839328d9e4a0bff9",
	"3b443f61a3f8b3a5c7ff797f353587cd72ae899087492b70671bbbba44665509",
	/* Certbot's, up to 5.6 */
	"2086bca02db48daf93468332543c60ac6acdb6f0b58c7bfdf578a5d47092f82a",
	"4844d36c9a0f587172d9fa10f4f1c9518e3bcfa1947379f155e16a70a728c21a",
	"5a922826719981c0a234b1fbcd495f3213e49d2519e845ea0748ba513044b65b",
	"4066b90268c03c9ba0201068eaa39abbc02acf9558bb45a788b630eb85dadf27",
	"f175e2e7c673bd88d0aff8220735f385f916142c44aa83b09f1df88dd4767a88",
	"cfdd7c18d2025836ea3307399f509cfb1ebf2612c87dd600a65da2a8e2f2797b",
	"80720bd171ccdc2e6b917ded340defae66919e4624962396b992b7218a561791",
	"c0c022ea6b8a51ecc8f1003d0a04af6c3f2bc1c3ce506b3c2dfc1f11ef931082",
	"717b0a89f5e4c39b09a42813ac6e747cfbdeb93439499e73f4f70a1fe1473f20",
	"0fcdc81280cd179a07ec4d29d3595068b9326b455c488de4b09f585d5dafc137",
	"86cc09ad5415cd6d5f09a947fe2501a9344328b1e8a8b458107ea903e80baa6c",
	"06675349e457eae856120cdebb564efe546f0b87399f2264baeb41e442c724c7",
	"5cc003edd93fb9cd03d40c7686495f8f058f485f75b5e764b789245a386e6daf",
	"007cd497a56a3bb8b6a2c1aeb4997789e7e38992f74e44cc5d13a625a738ac73",
	"34783b9e2210f5c4a23bced2dfd7ec289834716673354ed7c7abf69fe30192a3",
	"61466bc2f98a623c02be8a5ee916ead1655b0ce883bdc936692076ea499ff5ce",
	"3fd812e3e87fe5c645d3682a511b2a06c8286f19594f28e280f17cd6af1301b5",
	"27155797e160fe43b6951354a0a0ca4d829e9e605b3b41fc223c20bf2f6cb3c6",
	"e88de016fbe621be31774f06d4f6699f48040456f608705ec5957e2693349a38",
	NULL,
};

const struct kept_file apache_options_file = {
	.name = "options-ssl-apache.conf",
	.digest_name = ".updated-options-ssl-apache-conf-digest.txt",
	.known = known,
};

void apache_options_text(struct buf *out)
{
	buf_adds(out, settings);
}

struct err *apache_options_create(struct apache_sites *s)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(8));

	apache_options_text(&text);
	return kept_file_create(s->change, &apache_options_file, s->env->opt, &text);
}

struct err *apache_options_update(struct apache_sites *s)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(8));

	apache_options_text(&text);
	return kept_file_update(s->change, &apache_options_file, s->env, &text);
}
