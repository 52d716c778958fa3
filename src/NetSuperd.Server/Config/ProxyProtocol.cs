namespace NetSuperd.Server.Config;

/// <summary>The words of <c>proxy_protocol</c> of a socket.</summary>
public enum ProxyProtocol
{
    /// <summary>Connections begin with what their client sends.</summary>
    Off,

    /// <summary>Each connection begins with a PROXY header, of version 1 or 2.</summary>
    Required,
}
