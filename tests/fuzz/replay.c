/* Runs a fuzz target over a folder of inputs, so that each corpus is a regression test without a fuzzer. */
#include <stdint.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *replay(const char *dir)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(fs_list(&names, dir));
	if (names.count == 0)
		return err_new(ERR_CONFIG, "%s has no inputs", dir);
	for (size_t i = 0; i < names.count; i++) {
		AUTO(free) char *path = fs_join(dir, names.items[i]);
		AUTO(free) char *data = NULL;
		size_t len = 0;

		TRY(fs_read(&data, &len, path, LIMIT_MIB(64)));
		(void)LLVMFuzzerTestOneInput((const uint8_t *)data, len);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	AUTO(err_free) struct err *e = argc == 2 ? replay(argv[1]) : err_new(ERR_USAGE, "usage: fuzz_x FOLDER");
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	if (text != NULL)
		fprintf(stderr, "%s\n", text);
	return text != NULL;
}
