/* A program with a fault, which valgrind must find: a handle that is never ended. */
#include <participants.h>

int main(void)
{
    return rtk_config_new() == 0;
}
