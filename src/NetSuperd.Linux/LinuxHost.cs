using NetSuperd.Server;

namespace NetSuperd.Linux;

/// <summary>What Linux offers the engine.</summary>
public sealed class LinuxHost : Host
{
}
