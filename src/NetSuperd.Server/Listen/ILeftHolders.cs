namespace NetSuperd.Server.Listen;

/// <summary>Finds processes that children have left behind with a socket.</summary>
internal interface ILeftHolders
{
    /// <summary>Looks, and tells the listeners. To be called regularly.</summary>
    void Check(IReadOnlyList<Listener> listeners);
}
