#include "client/lineage/readme.h"

#include <string.h>

#include "base/fs.h"
#include "client/store/mode.h"

static const char live_text[] =
	"Every directory here belongs to one certificate and is called by its name.\n"
	"\n"
	"Point your servers at the files in these directories: they always lead to the\n"
	"newest version. Do not rename, move or edit them; `signet certificates` lists\n"
	"what there is. The directories are shared with Certbot, which may be used on\n"
	"them as well.\n";

static const char lineage_text[] =
	"The files of one certificate:\n"
	"\n"
	"  privkey.pem    the private key: keep it secret\n"
	"  fullchain.pem  the certificate and its intermediates: what most servers want\n"
	"  cert.pem       the certificate alone\n"
	"  chain.pem      the intermediates alone\n"
	"\n"
	"They are links into the archive directory and are replaced at each renewal, all\n"
	"four in one step. Other files that you keep here stay here. Do not move or edit\n"
	"the links: renewal would stop.\n";

struct err *readme_write_live(const char *dir)
{
	AUTO(free) char *path = fs_join(dir, "README");

	if (fs_exists(path))
		return NULL;
	return fs_replace(path, live_text, strlen(live_text), mode_by_umask(0666), false);
}

struct err *readme_write_lineage(const char *dir)
{
	AUTO(free) char *path = fs_join(dir, "README");

	return fs_create(path, lineage_text, strlen(lineage_text), mode_by_umask(0666));
}
