/*
 * Usage: loaded LIBRARY. The library stays in memory after dlclose and FreeLibrary, because one of its threads may
 * still run.
 */
#include "check.h"

#ifdef _WIN32
#include <windows.h>
#define LOAD(path) LoadLibraryA(path)
#define LOADED(path) GetModuleHandleA(path)
#define FIND(library, name) GetProcAddress(library, name)
typedef FARPROC symbol;
#define UNLOAD(library) FreeLibrary(library)
#else
#include <dlfcn.h>
#define LOAD(path) dlopen(path, RTLD_NOW | RTLD_LOCAL)
#define LOADED(path) dlopen(path, RTLD_NOW | RTLD_NOLOAD)
#define FIND(library, name) dlsym(library, name)
typedef void *symbol;
#define UNLOAD(library) (dlclose(library) == 0)
#endif

typedef rtk_config *new_config_fn(void);
typedef void free_config_fn(rtk_config *);

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    CHECK(LOADED(argv[1]) == NULL);
    void *library = LOAD(argv[1]);
    CHECK(library != NULL);
    /* Copied, not cast: ISO C has no cast from an object to a function. */
    new_config_fn *new_config;
    free_config_fn *free_config;
    symbol found[] = { FIND(library, "rtk_config_new"), FIND(library, "rtk_config_free") };
    memcpy(&new_config, &found[0], sizeof new_config);
    memcpy(&free_config, &found[1], sizeof free_config);
    free_config(new_config());
    CHECK(UNLOAD(library));
    CHECK(LOADED(argv[1]) != NULL);
    return 0;
}
