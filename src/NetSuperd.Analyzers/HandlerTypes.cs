using Microsoft.CodeAnalysis;

namespace NetSuperd.Analyzers;

/// <summary>Knows the types of the contract, and which code is a handler's.</summary>
internal sealed class HandlerTypes
{
    private readonly INamedTypeSymbol _datagrams;

    private HandlerTypes(INamedTypeSymbol streams, INamedTypeSymbol datagrams, INamedTypeSymbol connection)
    {
        Streams = streams;
        _datagrams = datagrams;
        Connection = connection;
    }

    /// <summary>A handler of connections.</summary>
    public INamedTypeSymbol Streams { get; }

    /// <summary>A connection.</summary>
    public INamedTypeSymbol Connection { get; }

    /// <summary>The types; null where the compilation does not use the contract.</summary>
    public static HandlerTypes? Of(Compilation compilation) =>
        compilation.GetTypeByMetadataName("NetSuperd.IStreamHandler") is { } streams
        && compilation.GetTypeByMetadataName("NetSuperd.IDatagramHandler") is { } datagrams
        && compilation.GetTypeByMetadataName("NetSuperd.StreamConnection") is { } connection
            ? new HandlerTypes(streams, datagrams, connection)
            : null;

    /// <summary>
    /// Whether the code of a member serves clients: that of a handler does, nested types included, except where the handler is created and
    /// disposed.
    /// </summary>
    public bool Serves(ISymbol member)
    {
        if (member is not IMethodSymbol { MethodKind: not (MethodKind.Constructor or MethodKind.StaticConstructor), Name: not "Dispose" })
        {
            return false;
        }

        for (var type = member.ContainingType; type is not null; type = type.ContainingType)
        {
            if (IsHandler(type))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a member is the method that a datagram handler has for each datagram.</summary>
    public bool ServesDatagram(ISymbol member) => member.ContainingType is { } type && _datagrams.GetMembers().Any(method =>
        SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(method), member));

    /// <summary>Whether a type is a handler.</summary>
    public bool IsHandler(INamedTypeSymbol type) =>
        type.AllInterfaces.Contains(Streams, SymbolEqualityComparer.Default)
        || type.AllInterfaces.Contains(_datagrams, SymbolEqualityComparer.Default);
}
