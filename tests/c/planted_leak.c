/* A deliberate fault, which valgrind must find: a handle is never freed. */
#include <participants.h>

int main(void)
{
    return rtk_config_new() == 0;
}
