namespace NetSuperd.Native;

// linux/vm_sockets.h
internal static unsafe partial class Libc
{
    public const uint VMADDR_CID_ANY = uint.MaxValue;
    public const uint VMADDR_CID_LOCAL = 1;
    public const uint VMADDR_PORT_ANY = uint.MaxValue;
    public const int SO_VM_SOCKETS_BUFFER_SIZE = 0;
    public const int SO_VM_SOCKETS_BUFFER_MIN_SIZE = 1;
    public const int SO_VM_SOCKETS_BUFFER_MAX_SIZE = 2;
    public const int SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW = 8;

    // struct sockaddr_vm.
    public const int SizeOfVsockAddress = 16;
    public const int OffsetOfVsockPort = 4;
    public const int OffsetOfVsockCid = 8;
}
