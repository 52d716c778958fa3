using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Kinds of socket in words, for the message about a key that does not fit.</summary>
internal static class PortScope
{
    /// <summary>The sockets that a key is for.</summary>
    public static string Words(Scope scope) => scope switch
    {
        Scope.Tcp => "TCP sockets",
        Scope.Ip => "IP sockets",
        Scope.HopLimit => "IP sockets except those of MPTCP",
        Scope.IpPort => "IP sockets with a port",
        Scope.Raw => "raw sockets",
        Scope.Buffered => "IP and unix sockets",
        Scope.Connecting => "sockets that take connections",
        Scope.UnixPath => "unix sockets with a path",
        Scope.Unix => "unix sockets",
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "no words"),
    };

    /// <summary>The kind of a socket.</summary>
    public static string Words(PortKey key) => key.Path is ['@', ..] ? "an abstract unix socket" : key.Transport.Noun;
}
