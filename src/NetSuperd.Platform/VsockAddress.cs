namespace NetSuperd.Platform;

/// <summary>The address of a socket of vsock(7).</summary>
/// <param name="Cid">The context: the number of a virtual machine, or of its host.</param>
/// <param name="Port">The port.</param>
public readonly record struct VsockAddress(uint Cid, uint Port)
{
    /// <summary>Every context of this host (VMADDR_CID_ANY).</summary>
    public const uint EveryCid = uint.MaxValue;

    /// <summary>The context of this host for itself, as 127.0.0.1 is for IPv4 (VMADDR_CID_LOCAL).</summary>
    public const uint LocalCid = 1;

    /// <summary>The highest port: the next number means any free one (VMADDR_PORT_ANY).</summary>
    public const uint MostPort = uint.MaxValue - 1;

    /// <summary>The first port that needs no capability (LAST_RESERVED_PORT in net/vmw_vsock/af_vsock.c); no setting changes it.</summary>
    public const uint FirstFreePort = 1024;
}
