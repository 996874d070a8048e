/* For tests under wine alone: the one function of bcryptprimitives.dll that Rust's standard library calls. Windows has
   that DLL since Windows 7; wine 8 does not, and no Rust program starts there without it. */
#include <stddef.h>

unsigned char __stdcall SystemFunction036(void *buffer, unsigned long length); /* RtlGenRandom, of advapi32 */

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *buffer, size_t length)
{
    return SystemFunction036(buffer, (unsigned long)length);
}
