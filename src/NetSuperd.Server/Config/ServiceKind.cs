using System.Diagnostics;

namespace NetSuperd.Server.Config;

/// <summary>What serves the clients of a service.</summary>
public enum ServiceKind
{
    /// <summary>A handler inside the daemon.</summary>
    Handler,

    /// <summary>A child for each connection.</summary>
    Child,

    /// <summary>A child that gets the socket itself when a client comes.</summary>
    Wait,

    /// <summary>A program that runs all the time.</summary>
    Server,

    /// <summary>Another server, to which a worker forwards the connections.</summary>
    Forward,
}

/// <summary>The words of the kinds.</summary>
public static class ServiceKinds
{
    extension(ServiceKind kind)
    {
        /// <summary>Its word in <c>status</c>.</summary>
        public string Word => kind switch
        {
            ServiceKind.Handler => "handler",
            ServiceKind.Child => "child",
            ServiceKind.Wait => "wait",
            ServiceKind.Server => "server",
            ServiceKind.Forward => "forward",
            _ => throw new UnreachableException($"service kind {kind}"),
        };
    }
}
