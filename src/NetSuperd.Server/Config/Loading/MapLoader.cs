using NetSuperd.Platform;

namespace NetSuperd.Server.Config.Loading;

/// <summary>Reads a configuration and validates all of it, before anything is bound or dropped.</summary>
public static class MapLoader
{
    /// <summary>Loads the map, its drop-ins and the arguments of <c>--port</c>. Problems are in the result; nothing is thrown.</summary>
    public static LoadResult Load(LoadRequest request) => Load(request, request.Host.Process.Surroundings());

    internal static LoadResult Load(LoadRequest request, Surroundings surroundings) => new MapReading(request, surroundings).Run();
}
