namespace NetSuperd.Server;

/// <summary>What a system offers the engine. Each program has the one of its system.</summary>
public abstract class Host
{
}
